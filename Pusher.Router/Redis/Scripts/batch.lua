-- A batch of requests to the message store, in order: append, acknowledge, result, attempts, give up, open.
-- ARGV[3]: the most pending messages of a device; [4]: their most bytes; [5]: how long a publisher id stays taken, ms;
-- [6]: 'S' = store nothing, 'D' = do not look for duplicates (both for tests); [7]: the store's incarnation, as the node knows it;
-- [8]: the requests, one behind the other: a letter, T, D and its own arguments; [9]: the highest message id of the batch, or '';
-- [10]: the highest that the node was answered for, which must be there, or ''; [11], [12]: the hash of highest ids, and the node's field in it;
-- [13]: how many groups of the index of message ids follow, each as key, life in ms, number of entries, entries (field, partition).
-- A text is packed behind its length, one byte. Returns the answers of all requests, one behind the other. When what must be there is not,
-- Redis has lost it: the error LOST, and nothing is done, for seqs would be given, and acknowledged, that devices know with other messages.
local queueMax, bytesMax, dedupeMs = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local skipsStore = string.find(ARGV[6], 'S', 1, true) ~= nil
local skipsDedupe = string.find(ARGV[6], 'D', 1, true) ~= nil
local FOREVER_MS = 366 * 86400000
local LATE_SWEEP_MS = 3600000
local INDEX_SLACK_MS = 3600000
local UNKNOWN = 4294967295
local STORED, DUPLICATE, QUEUE_FULL, UNAVAILABLE = 1, 2, 3, 4
local incarnation = tonumber(ARGV[7])
local answers = {}

local function answer(text)
    answers[#answers + 1] = text
end

-- The place of a message, if its publisher id is still taken by it.
local function place_of(tag, id)
    local m = find_status(tag, id)
    if not m then
        return nil
    end

    local stream, seq, accepted = read('>I4I6I6', m, 7)
    if now - accepted >= dedupeMs then
        return nil
    end
    return stream, seq
end

local function renumber(d, fresh, lost)
    call('HSETNX', d.tag .. 'r:' .. d.dev, d.stream, lost)
    local rows = {}
    each_pending(d, d.last, function(_, row, key) -- what ended goes by its time to live, or is written over
        if row_state(row) == PENDING then
            rows[#rows + 1] = row
        end
        put(key, false)
    end)
    call('DEL', d.waits)
    taken_out[d.waits] = nil
    d.stream, d.last, d.acked, d.base, d.incarnation, d.mark = fresh, #rows, 0, 0, max(d.incarnation, incarnation), 0
    for seq, row in ipairs(rows) do
        put(row_key(d, seq), row)
        local m = find_status(d.tag, row_id(row))
        if m then
            change_status(d.tag, row_id(row), sub(m, 1, 6) .. pack('>I4I6', fresh, seq) .. sub(m, 17))
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

-- From ms to the text that SET takes: one batch has few of them.
local lives = {}
local function life_until(expires)
    local life = lives[expires]
    if not life then
        life = format('%.0f', statusMs + (expires > 0 and max(expires - now, 0) + LATE_SWEEP_MS or FOREVER_MS))
        lives[expires] = life
    end
    return life
end

-- fresh 4, id, publisher id, row behind its length, 4 -> status 1; stored: stream 4, seq 6, depth 4;
-- duplicate: the same, id length 1, id; full: depth 4.
local function append(tag, dev, fresh, id, pub, row)
    local bytes = row_bytes(row)
    local d = find_device(tag, dev) or new_device(tag, dev, fresh, incarnation)
    if d.incarnation < incarnation then
        leave_stream(d, fresh)
    end
    if pub ~= '' and not skipsStore and not skipsDedupe then
        local first = get(tag .. 'u:' .. dev .. ':' .. pub)
        local stream, seq
        if first then
            stream, seq = place_of(tag, first)
        end
        if stream then
            return answer(pack('>BI4I6I4B', DUPLICATE, stream, seq, d.count, #first) .. first)
        end
    end

    if d.count >= queueMax or d.bytes + bytes > bytesMax then
        return answer(pack('>BI4', QUEUE_FULL, d.count))
    end

    local seq = d.last + 1
    if not skipsStore then
        local accepted, expires = read('>I6I6', row, 5)
        local status = tag .. 'm:' .. id
        if get(status) then
            return answer(char(UNAVAILABLE))
        end
        put(status, pack('>BI3HI4I6I6I6I6Bc0Bc0B', PENDING, 0, 0, d.stream, seq, accepted, expires, 0, #pub, pub, #dev, dev, 0))
        if pub ~= '' then
            put(tag .. 'u:' .. dev .. ':' .. pub, id, life_until(expires))
        end
        put(row_key(d, seq), row)
        if d.count == 0 then
            d.first = accepted
        end
        list(d, accepted)
        if expires > 0 then
            schedule(d, expires)
        end
    end
    d.last, d.count, d.bytes = seq, d.count + 1, d.bytes + bytes
    save(d)
    answer(pack('>BI4I6I4', STORED, d.stream, seq, d.count))
end

local function acknowledge_through(d, seq)
    each_pending(d, seq, function(at, row, key)
        put(key, false)
        if row_state(row) == PENDING then
            take_out(d, at)
            end_message(d.tag, row_id(row), ACKED)
            d.count, d.bytes = d.count - 1, d.bytes - row_bytes(row)
        end
    end)
    d.acked, d.base, d.first = seq, max(d.base, seq), 0
    save(d)
end

-- stream 4, seq 6 -> 1 when it changed something
local function acknowledge(tag, dev, stream, seq)
    local d = find_device(tag, dev)
    if not d or d.stream ~= stream or seq <= d.acked or seq > d.last or d.incarnation < incarnation then
        return answer('\0') -- in an outdated stream the seq may have been given to another message than the device means
    end

    acknowledge_through(d, seq)
    answer('\1')
end

-- id, result 2, 1 if there is a text 1, text behind its length, 4 -> nothing
local function record_done(tag, dev, id, result, has, text)
    local m = find_status(tag, id)
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
        state, ended = DONE, packedNow
    end
    change_status(tag, id, pack('>BI3', state, result + 1) .. sub(m, 5, 28) .. ended .. sub(m, 35, owner_end) .. char(has) .. text)
end

-- The row of a pending message; nil when it is none.
local function pending_row(d, stream, seq)
    local row = d and d.stream == stream and seq <= d.last and get(row_key(d, seq))
    return row and row_state(row) == PENDING and row or nil
end

-- stream 4, seq 6, attempts 2 -> nothing
local function record_attempts(tag, dev, stream, seq, attempts)
    local d = find_device(tag, dev)
    local row = pending_row(d, stream, seq)
    if not row or read('>H', row, 3) >= attempts then
        return
    end

    put(row_key(d, seq), sub(row, 1, 2) .. pack('>H', attempts) .. sub(row, 5))
    local m = find_status(tag, row_id(row))
    if m then
        change_status(tag, row_id(row), sub(m, 1, 4) .. pack('>H', attempts) .. sub(m, 7))
    end
end

-- stream 4, seq 6 -> id length 1 (0 = it was not pending), id
local function give_up(tag, dev, stream, seq)
    local d = find_device(tag, dev)
    local row = pending_row(d, stream, seq)
    if not row or d.incarnation < incarnation then
        return answer('\0')
    end

    local id = row_id(row)
    bury(d, seq, row, DEAD)
    schedule(d, now + statusMs)
    save(d)
    answer(char(#id) .. id)
end

-- fresh 4, bytes of the positions 2, positions (stream 4, seq 6) -> 1 if there is a stream: stream 4, acked 6, last 6;
-- number of losses that are new 1, number of resets 1, resets (old stream 4, lost 4).
local function open(tag, dev, fresh, positions)
    local seen = {}
    for at = 1, #positions, 10 do
        seen[#seen + 1] = { read('>I4I6', positions, at) }
    end
    local d = find_device(tag, dev)
    if not d and #seen == 0 then
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
        save(d)
    end
    answer(pack('>BI4I6I6BB', 1, d.stream, d.acked, d.last, #losses, #resets) .. table.concat(resets))
end

-- What reads ahead, so that all of a batch is read by three commands: the keys that the requests name, the rows that they acknowledge, the statuses of those.
local function key_of_status(tag, _, id)
    return tag .. 'm:' .. id
end

local function keys_of_append(tag, dev, _, id, pub)
    return key_of_status(tag, dev, id), pub ~= '' and tag .. 'u:' .. dev .. ':' .. pub or nil
end

local formats = { a = '>I4Bc0Bc0I4c0', k = '>I4I6', r = '>Bc0HBI4c0', t = '>I4I6H', g = '>I4I6', o = '>I4Hc0' }
local requests = { a = append, k = acknowledge, r = record_done, t = record_attempts, g = give_up, o = open }
local names_keys = { a = keys_of_append, r = key_of_status }

-- Each as letter, T, D and its arguments.
local function unpack_requests(packed)
    local all, at = {}, 1
    while at <= #packed do
        local letter, tag, dev, arguments
        letter, tag, dev, arguments = read('>c1Bc0Bc0', packed, at)
        local request = { letter, tag, dev, read(formats[letter], packed, arguments) }
        at = request[#request]
        all[#all + 1] = request
    end
    return all
end

local function read_ahead(all)
    local keys = {}
    for _, request in ipairs(all) do
        local letter, tag, dev = request[1], request[2], request[3]
        keys[#keys + 1] = tag .. 'd:' .. dev
        if names_keys[letter] then
            local status, taken = names_keys[letter](unpack(request, 2))
            keys[#keys + 1] = status
            keys[#keys + 1] = taken
        end
    end
    fetch(keys)

    local rows, tags = {}, {}
    for _, request in ipairs(all) do
        local d = request[1] == 'k' and find_device(request[2], request[3])
        if d and d.stream == request[4] then
            for seq = d.base + 1, min(request[5], d.last, d.base + ROWS_AT_ONCE) do
                rows[#rows + 1] = row_key(d, seq)
                tags[#rows] = d.tag
            end
        end
    end
    fetch(rows)

    local statuses = {}
    for i, key in ipairs(rows) do
        local row = values[key]
        if row then
            statuses[#statuses + 1] = tags[i] .. 'm:' .. row_id(row)
        end
    end
    fetch(statuses)
end

local function is_above(id, other)
    return #id > #other or (#id == #other and id > other)
end

local top = call('HGET', ARGV[11], ARGV[12]) or ''
if is_above(ARGV[10], top) then
    return redis.error_reply('LOST message ' .. ARGV[10] .. ' was stored and is not there')
end
if is_above(ARGV[9], top) then
    call('HSET', ARGV[11], ARGV[12], ARGV[9])
end
local at = 14
for _ = 1, tonumber(ARGV[13]) do
    local key, life, entries = ARGV[at], tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2])
    call('HSET', key, unpack(ARGV, at + 3, at + 2 + 2 * entries))
    if call('PTTL', key) < life - INDEX_SLACK_MS then
        call('PEXPIRE', key, ARGV[at + 1])
    end
    at = at + 3 + 2 * entries
end

local all = unpack_requests(ARGV[8])
read_ahead(all)
for _, request in ipairs(all) do
    requests[request[1]](unpack(request, 2))
end
flush()
return table.concat(answers)
