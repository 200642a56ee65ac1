-- Writes the routes of devices that are connected to a node, after Redis may have lost them. KEYS[i]: the hash of the i-th device.
-- ARGV[1]: the node's incarnation; then for each device tenant/device, epoch, since, client, attempt, as in claim.lua.
-- Returns a digit for each: 0 = a newer login has the device, nothing was changed; 1 = its route was there; 2 = it was written.
local incarnation = tonumber(ARGV[1])
local outcomes = {}
for i, key in ipairs(KEYS) do
    local name, epoch, since, client, attempt = unpack(ARGV, 5 * i - 3, 5 * i + 1)
    epoch = tonumber(epoch)
    local rows = redis.call('HMGET', key, name, '')
    local owner, has = 0, 0
    if rows[1] then
        owner, has = struct.unpack('>I6I6', rows[1])
    end
    if has > epoch then
        outcomes[i] = '0'
    elseif has == epoch and owner == incarnation then
        outcomes[i] = '1'
    else
        local route = struct.pack('>I6I6I6', incarnation, epoch, tonumber(since)) .. client .. struct.pack('>I4', tonumber(attempt))
        redis.call('HSET', key, name, route, '', string.format('%.0f', math.max(epoch, tonumber(rows[2] or 0))))
        outcomes[i] = '2'
    end
end
return table.concat(outcomes)
