-- The leases of nodes. KEYS[1]: zset, name -> when the lease ends (Redis's clock, Unix ms); KEYS[2]: the last incarnation given.
-- Beside them a hash for each node, KEYS[1]:NAME.
-- ARGV[1]: take, renew, end or drain (that is: ask the node to go down); [2]: name; [3]: incarnation, '' to take; [4]: life, ms; [5]: node number, -1 = that of the name, or the next that is free;
-- [6]: address; [7]: connections; [8]: 1 while draining; [9]: since when it runs, Unix ms; [10]: messages per second.
-- Returns {outcome, ...} and, when the outcome is 'ok', the live nodes, each as name, incarnation, number, address, connections,
-- draining, since, messages per second, 1 if it was asked to go down, ms left. Outcomes: ok, incarnation, number, 1 if the lease had run out, the last incarnation that was given, Redis's time; held, ms left, the holder's incarnation;
-- number, the node that has the number; taken; asked; absent.
local NUMBERS = 1024
local name, mine = ARGV[2], ARGV[3]
local hash = KEYS[1] .. ':' .. name
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local ends = tonumber(redis.call('ZSCORE', KEYS[1], name) or 0)
local holder = redis.call('HGET', hash, 'incarnation')

local function live()
    return redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. now, '+inf')
end

local function numbers_taken()
    local taken = {}
    for _, other in ipairs(live()) do
        if other ~= name then
            taken[tonumber(redis.call('HGET', KEYS[1] .. ':' .. other, 'number') or -1)] = other
        end
    end
    return taken
end

local function write(incarnation, number)
    redis.call('ZADD', KEYS[1], now + tonumber(ARGV[4]), name)
    redis.call('HSET', hash, 'incarnation', incarnation, 'number', number, 'address', ARGV[6], 'connections', ARGV[7], 'draining', ARGV[8], 'since', ARGV[9], 'rate', ARGV[10])
end

local function answer(incarnation, number, lapsed)
    for _, old in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now - 3600000)) do
        redis.call('ZREM', KEYS[1], old)
        redis.call('DEL', KEYS[1] .. ':' .. old)
    end
    local all = { 'ok', incarnation, number, lapsed, redis.call('GET', KEYS[2]) or incarnation, now }
    for _, other in ipairs(live()) do
        local h = redis.call('HMGET', KEYS[1] .. ':' .. other, 'incarnation', 'number', 'address', 'connections', 'draining', 'since', 'rate', 'asked')
        if h[1] then
            all[#all + 1] = { other, h[1], h[2], h[3], h[4], h[5], h[6], h[7] or '0', h[8] or '0', tonumber(redis.call('ZSCORE', KEYS[1], other)) - now }
        end
    end
    return all
end

if ARGV[1] == 'drain' then
    if ends <= now then
        return { 'absent' }
    end
    redis.call('HSET', hash, 'asked', 1)
    return { 'asked' }
end

if ARGV[1] == 'end' then
    if holder == mine then
        redis.call('ZREM', KEYS[1], name)
        redis.call('DEL', hash)
    end
    return { 'ok', mine, '0', 0, mine, now }
end

local taken = numbers_taken()
local number = tonumber(ARGV[5])
if ARGV[1] == 'take' then
    if ends > now then
        return { 'held', ends - now, holder or '' }
    end
    if number < 0 then
        -- After a loss of data the live nodes are not known until they renew: a number that comes from the name is hardly one of theirs, and again its own after a restart.
        number = tonumber(string.sub(redis.sha1hex(name), 1, 8), 16) % NUMBERS
        for _ = 2, NUMBERS do
            if not taken[number] then
                break
            end
            number = (number + 1) % NUMBERS
        end
    end
    if taken[number] then
        return { 'number', taken[number] or '' }
    end
    local incarnation = string.format('%.0f', math.max(now, tonumber(redis.call('GET', KEYS[2]) or 0) + 1))
    redis.call('SET', KEYS[2], incarnation)
    redis.call('DEL', hash)
    write(incarnation, number)
    return answer(incarnation, number, 0)
end

-- renew: a lease that has run out, or was lost with the data, is taken up again unless somebody else has the name or the number.
if holder and holder ~= mine then
    return { 'taken' }
end
if ends <= now and taken[number] then
    return { 'number', taken[number] }
end
write(mine, number)
return answer(mine, number, ends <= now and 1 or 0)
