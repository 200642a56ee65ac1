-- Writes a device's credential. KEYS[1]: the hash; ARGV[1]: tenant/device; [2]: the key's hash, 32 bytes, and the store; [3]: 1 = in place of another.
-- Returns 0 added, 1 replaced, 2 it was there just so, 3 it has another and was left.
local known = redis.call('HGET', KEYS[1], ARGV[1])
if known == ARGV[2] then
    return 2
end
if known and ARGV[3] ~= '1' then
    return 3
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
return known and 1 or 0
