-- Raises the highest message id, KEYS[1], to ARGV[1].
local top = redis.call('GET', KEYS[1]) or ''
if #ARGV[1] > #top or (#ARGV[1] == #top and ARGV[1] > top) then
    redis.call('SET', KEYS[1], ARGV[1])
end
return 1
