-- Gives a device up. KEYS[1]: the hash; ARGV[1]: tenant/device; [2]: the epoch it must still have. Returns 1 when it had.
local route = redis.call('HGET', KEYS[1], ARGV[1])
if not route or struct.unpack('>I6', route, 7) ~= tonumber(ARGV[2]) then
    return 0
end
return redis.call('HDEL', KEYS[1], ARGV[1])
