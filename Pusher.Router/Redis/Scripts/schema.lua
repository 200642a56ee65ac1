-- The store's schema version and incarnation, in KEYS[1]. ARGV[1]: the version the caller reads and writes; [2]: an incarnation, for a store
-- that has none; [3]: the incarnation that the caller knows to have lost data, or ''.
-- Returns {version, incarnation, the incarnation that began because a replica had taken over, or ''}. A store of
-- another version is left alone.
local version = tonumber(redis.call('HGET', KEYS[1], 'schema') or ARGV[1])
local incarnation = redis.call('HGET', KEYS[1], 'incarnation')
if version ~= tonumber(ARGV[1]) then
    return { version, incarnation or '', '' }
end

-- A server that was promoted has a new replication id and keeps the one of its primary as the second. It may lack the newest writes, and no
-- node knows all of them: one that misses nothing would give seqs again before the one that does has looked.
local info = redis.call('INFO', 'replication')
local replid, before = string.match(info, 'master_replid:(%x+)'), string.match(info, 'master_replid2:(%x+)')
local recorded = redis.call('HGET', KEYS[1], 'replid')
local isPromoted = recorded and replid and recorded ~= replid and string.find(before or '', '[^0]')
if replid and recorded ~= replid then
    redis.call('HSET', KEYS[1], 'replid', replid)
end

if not incarnation or incarnation == ARGV[3] or isPromoted then
    incarnation = string.format('%.0f', math.max(tonumber(ARGV[2]), tonumber(incarnation or 0) + 1))
    redis.call('HSET', KEYS[1], 'schema', version, 'incarnation', incarnation)
end
if isPromoted then
    redis.call('HSET', KEYS[1], 'promoted', incarnation)
end
return { version, incarnation, redis.call('HGET', KEYS[1], 'promoted') or '' }
