-- A batch of requests to the message store, in order: append, acknowledge, result, attempts, give up, open.
-- ARGV[3]: the most pending messages of a device; [4]: their most bytes; [5]: how long a publisher id stays taken, ms;
-- [6]: 'S' = store nothing, 'D' = do not look for duplicates (both for tests); [7]: the store's incarnation, as the node knows it;
-- [8]: the highest message id of the batch, or ''; [9]: the highest that the node was answered for, which must be there, or '';
-- [10], [11]: the hash of highest ids, and the node's field in it; [12]: how many groups of the index of message ids follow, each as key, life in ms, number of entries, entries (field, partition);
-- then the requests. A request is a letter, T, D and its own arguments. Returns the answers of all, one behind the other. When what must be there is not,
-- Redis has lost it: the error LOST, and nothing is done, for seqs would be given, and acknowledged, that devices know with other messages.
local queueMax, bytesMax, dedupeMs = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local skipsStore = string.find(ARGV[6], 'S', 1, true) ~= nil
local skipsDedupe = string.find(ARGV[6], 'D', 1, true) ~= nil
local FOREVER_MS = 366 * 86400000
local LATE_SWEEP_MS = 3600000
local UNKNOWN = 4294967295
local STORED, DUPLICATE, QUEUE_FULL, UNAVAILABLE = 1, 2, 3, 4
local incarnation = tonumber(ARGV[7])
local at = 13
local answers = {}

local function answer(text)
    answers[#answers + 1] = text
end

-- The place of a message, if its publisher id is still taken by it.
local function place_of(tag, id)
    local s = find_status(tag, id)
    if not s then
        return nil
    end

    local stream, seq, accepted = read('>I4I6I6', s.raw, 7)
    if now - accepted >= dedupeMs then
        return nil
    end
    return stream, seq
end

local function renumber(d, fresh, lost)
    call('HSETNX', d.tag .. 'r:' .. d.dev, d.stream, lost)
    local rows = {}
    each_row(d, d.base + 1, d.last, function(_, row)
        if row_state(row) == PENDING then
            rows[#rows + 1] = row
        end
    end)
    call('DEL', d.rows)
    d.stream, d.last, d.acked, d.base, d.incarnation = fresh, #rows, 0, 0, max(d.incarnation, incarnation)
    for seq, row in ipairs(rows) do
        call('HSET', d.rows, seq, row)
        local s = find_status(d.tag, row_id(row))
        if s then
            s.raw, s.isChanged = sub(s.raw, 1, 6) .. pack('>I4I6', fresh, seq) .. sub(s.raw, 17), true
        end
    end
end

-- A number that is neither a stream the device has seen nor one it has left behind.
local function draw(tag, dev, fresh, seen)
    while true do
        local used = fresh == 0 or call('HEXISTS', tag .. 'r:' .. dev, fresh) == 1
        for _, position in ipairs(seen) do
            used = used or position[1] == fresh
        end
        if not used then
            return fresh
        end
        fresh = (fresh + 1) % 4294967296
    end
end

-- Data was lost since the stream was drawn: the device may know seqs that would be given again, and would drop what comes with them.
local function leave_stream(d, fresh)
    renumber(d, draw(d.tag, d.dev, fresh, { { d.stream } }), UNKNOWN)
    save(d)
end

-- fresh, id, publisher id, priority, accepted, expires, payload -> status 1; stored: stream 4, seq 6, depth 4;
-- duplicate: the same, id length 1, id; full: depth 4.
local function append(tag, dev)
    local fresh, id, pub, priority, accepted, expires, body = unpack(ARGV, at, at + 6)
    at = at + 7
    local d = find_device(tag, dev) or new_device(tag, dev, tonumber(fresh), incarnation)
    if d.incarnation < incarnation then
        leave_stream(d, tonumber(fresh))
    end
    local taken = tag .. 'u:' .. dev .. ':' .. pub
    accepted, expires = tonumber(accepted), tonumber(expires)
    local lifeMs = statusMs + (expires > 0 and max(expires - now, 0) + LATE_SWEEP_MS or FOREVER_MS)
    local first
    if pub ~= '' and not skipsStore then
        first = call('SET', taken, id, 'PX', lifeMs, 'NX', 'GET')
        local stream, seq
        if first and not skipsDedupe then
            stream, seq = place_of(tag, first)
        end
        if stream then
            return answer(pack('>BI4I6I4B', DUPLICATE, stream, seq, d.count, #first) .. first)
        end
    end

    if d.count >= queueMax or d.bytes + #body > bytesMax then
        if pub ~= '' and not first then
            call('DEL', taken)
        end
        return answer(pack('>BI4', QUEUE_FULL, d.count))
    end

    local seq = d.last + 1
    if not skipsStore then
        local m = pack('>BI3HI4I6I6I6I6B', PENDING, 0, 0, d.stream, seq, accepted, expires, 0, #pub) .. pub .. pack('>B', #dev) .. dev .. '\0'
        if not call('SET', tag .. 'm:' .. id, m, 'NX', 'PX', lifeMs) then
            if pub ~= '' and not first then
                call('DEL', taken)
            end
            return answer(pack('>B', UNAVAILABLE))
        end
        statuses[tag .. 'm:' .. id] = { raw = m }
        if first then
            call('SET', taken, id, 'PX', lifeMs) -- its time is over
        end
        call('HSET', d.rows, seq, make_row(PENDING, priority, 0, accepted, expires, id, body))
        if d.count == 0 then
            call('ZADD', tag .. 'w', accepted, dev)
        end
        if expires > 0 then
            schedule(d, expires)
        end
    end
    d.last, d.count, d.bytes = seq, d.count + 1, d.bytes + #body
    save(d)
    answer(pack('>BI4I6I4', STORED, d.stream, seq, d.count))
end

local function acknowledge_through(d, seq)
    local gone = {}
    each_row(d, d.base + 1, seq, function(s, row)
        gone[#gone + 1] = s
        if row_state(row) == PENDING then
            end_message(d.tag, row_id(row), ACKED)
            d.count, d.bytes = d.count - 1, d.bytes - row_bytes(row)
        end
        if #gone == ROWS_AT_ONCE and seq < d.last then
            call('HDEL', d.rows, unpack(gone))
            gone = {}
        end
    end)
    if seq == d.last then
        call('DEL', d.rows)
    elseif #gone > 0 then
        call('HDEL', d.rows, unpack(gone))
    end
    d.acked, d.base = seq, max(d.base, seq)
    set_waiting(d)
    save(d)
end

-- stream, seq -> 1 when it changed something
local function acknowledge(tag, dev)
    local stream, seq = tonumber(ARGV[at]), tonumber(ARGV[at + 1])
    at = at + 2
    local d = find_device(tag, dev)
    if not d or d.stream ~= stream or seq <= d.acked or seq > d.last or d.incarnation < incarnation then
        return answer('\0') -- in an outdated stream the seq may have been given to another message than the device means
    end

    acknowledge_through(d, seq)
    answer('\1')
end

-- id, result, 1 if there is a text, text -> nothing
local function record_done(tag, dev)
    local id, result, has, text = unpack(ARGV, at, at + 3)
    at = at + 4
    local s = find_status(tag, id)
    local m = s and s.raw
    if not m or sub(m, 2, 4) ~= '\0\0\0' then
        return
    end

    local owner_at = 36 + byte(m, 35)
    local owner_end = owner_at + byte(m, owner_at)
    if sub(m, owner_at + 1, owner_end) ~= dev then
        return
    end

    local state, ended = byte(m, 1), sub(m, 29, 34)
    if state == ACKED then
        state, ended = DONE, pack('>I6', now)
    end
    s.raw, s.isChanged = pack('>BI3', state, tonumber(result) + 1) .. sub(m, 5, 28) .. ended .. sub(m, 35, owner_end) .. pack('>B', has) .. text, true
end

-- stream, seq, attempts -> nothing
local function record_attempts(tag, dev)
    local stream, seq, attempts = tonumber(ARGV[at]), tonumber(ARGV[at + 1]), min(tonumber(ARGV[at + 2]), 65535)
    at = at + 3
    local d = find_device(tag, dev)
    local row = d and d.stream == stream and seq <= d.last and call('HGET', d.rows, seq)
    if not row or row_state(row) ~= PENDING or read('>H', row, 3) >= attempts then
        return
    end

    call('HSET', d.rows, seq, sub(row, 1, 2) .. pack('>H', attempts) .. sub(row, 5))
    local s = find_status(tag, row_id(row))
    if s then
        s.raw, s.isChanged = sub(s.raw, 1, 4) .. pack('>H', attempts) .. sub(s.raw, 7), true
    end
end

-- stream, seq -> id length 1 (0 = it was not pending), id
local function give_up(tag, dev)
    local stream, seq = tonumber(ARGV[at]), tonumber(ARGV[at + 1])
    at = at + 2
    local d = find_device(tag, dev)
    local row = d and d.stream == stream and seq <= d.last and d.incarnation >= incarnation and call('HGET', d.rows, seq)
    if not row or row_state(row) ~= PENDING then
        return answer('\0')
    end

    local id = row_id(row)
    bury(d, seq, row, DEAD)
    schedule(d, now + statusMs)
    set_waiting(d)
    save(d)
    answer(pack('>B', #id) .. id)
end

-- fresh, number of positions, positions (stream, seq) -> 1 if there is a stream: stream 4, acked 6, last 6;
-- number of losses that are new 1, number of resets 1, resets (old stream 4, lost 4).
local function open(tag, dev)
    local fresh, count = tonumber(ARGV[at]), tonumber(ARGV[at + 1])
    at = at + 2
    local seen = {}
    for i = 1, count do
        seen[i] = { tonumber(ARGV[at]), tonumber(ARGV[at + 1]) }
        at = at + 2
    end
    local d = find_device(tag, dev)
    if not d and count == 0 then
        return answer('\0\0\0')
    end

    local retired = tag .. 'r:' .. dev
    local isNew = not d
    local isOutdated = d and d.incarnation < incarnation
    fresh = draw(tag, dev, fresh, seen)
    d = d or new_device(tag, dev, fresh, incarnation)
    local losses, lostOfOwn = {}, 0
    for _, position in ipairs(seen) do
        local stream, seq = position[1], position[2]
        if stream == d.stream and not isNew then
            if isOutdated then
                losses[#losses + 1] = { stream, UNKNOWN }
            elseif seq > d.last then
                lostOfOwn = min(seq - d.last, UNKNOWN - 1)
                losses[#losses + 1] = { stream, lostOfOwn }
            end
        elseif stream ~= 0 and not call('HGET', retired, stream) then
            losses[#losses + 1] = { stream, UNKNOWN }
        end
    end
    if isOutdated then
        leave_stream(d, fresh)
    elseif #losses > 0 and not isNew then
        renumber(d, fresh, lostOfOwn)
    end
    for _, loss in ipairs(losses) do
        call('HSETNX', retired, loss[1], loss[2])
    end

    local resets, acked = {}, 0
    for _, position in ipairs(seen) do
        if position[1] == d.stream then
            acked = max(acked, position[2])
        else
            local lost = call('HGET', retired, position[1])
            if lost then
                resets[#resets + 1] = pack('>I4I4', position[1], tonumber(lost))
            end
        end
    end
    if acked > d.acked then
        acknowledge_through(d, acked)
    elseif isNew or isOutdated or #losses > 0 then
        set_waiting(d)
        save(d)
    end
    answer(pack('>BI4I6I6BB', 1, d.stream, d.acked, d.last, #losses, #resets) .. table.concat(resets))
end

local requests = { a = append, k = acknowledge, r = record_done, t = record_attempts, g = give_up, o = open }

local function is_above(id, other)
    return #id > #other or (#id == #other and id > other)
end

local top = call('HGET', ARGV[10], ARGV[11]) or ''
if is_above(ARGV[9], top) then
    return redis.error_reply('LOST message ' .. ARGV[9] .. ' was stored and is not there')
end
if is_above(ARGV[8], top) then
    call('HSET', ARGV[10], ARGV[11], ARGV[8])
end
for _ = 1, tonumber(ARGV[12]) do
    local key, life, entries = ARGV[at], ARGV[at + 1], tonumber(ARGV[at + 2])
    call('HSET', key, unpack(ARGV, at + 3, at + 2 + 2 * entries))
    call('PEXPIRE', key, life, 'NX')
    call('PEXPIRE', key, life, 'GT')
    at = at + 3 + 2 * entries
end
while at <= #ARGV do
    local request, tag, dev = requests[ARGV[at]], ARGV[at + 1], ARGV[at + 2]
    at = at + 3
    request(tag, dev)
end
flush()
return table.concat(answers)
