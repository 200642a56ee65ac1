-- Raises the highest message id of a node, the field ARGV[2] of KEYS[1], to ARGV[1].
local top = redis.call('HGET', KEYS[1], ARGV[2]) or ''
if #ARGV[1] > #top or (#ARGV[1] == #top and ARGV[1] > top) then
    redis.call('HSET', KEYS[1], ARGV[2], ARGV[1])
end
return 1
