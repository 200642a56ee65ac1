-- Claims a device's route. KEYS[1]: the hash that has it. ARGV[1]: tenant/device; [2]: the claimer's incarnation; [3]: which client, 8 bytes;
-- [4]: which of its attempts. A route: incarnation 6, epoch 6, since 6, client 8, attempt 4. The field '' has the highest epoch
-- the hash has given: with Redis's clock it is the floor, so that an epoch never comes again.
-- Returns {granted, epoch, since, the route before or ''}.
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local rows = redis.call('HMGET', KEYS[1], ARGV[1], '')
local old = rows[1]
local attempt = tonumber(ARGV[4])
if old and ARGV[3] ~= '\0\0\0\0\0\0\0\0' and string.sub(old, 19, 26) == ARGV[3] and attempt < struct.unpack('>I4', old, 27) then
    return { 0, 0, 0, old }
end
local epoch = math.max(now, tonumber(rows[2] or 0) + 1)
local route = struct.pack('>I6I6I6', tonumber(ARGV[2]), epoch, now) .. ARGV[3] .. struct.pack('>I4', attempt)
redis.call('HSET', KEYS[1], ARGV[1], route, '', string.format('%.0f', epoch))
return { 1, epoch, now, old or '' }
