-- The store's schema version and incarnation, in KEYS[1]. ARGV[1]: the version the caller writes; [2]: an incarnation, for a store
-- that has none; [3]: the incarnation that the caller knows to have lost data, or ''.
-- Returns {version, incarnation}. A newer version is left alone.
local version = tonumber(redis.call('HGET', KEYS[1], 'schema') or 0)
local incarnation = redis.call('HGET', KEYS[1], 'incarnation')
if version > tonumber(ARGV[1]) then
    return { version, incarnation or '' }
end
if not incarnation or incarnation == ARGV[3] then
    incarnation = ARGV[2]
    redis.call('HSET', KEYS[1], 'incarnation', incarnation)
end
if version < tonumber(ARGV[1]) then
    version = tonumber(ARGV[1])
    redis.call('HSET', KEYS[1], 'schema', version)
end
return { version, incarnation }
