-- What the scripts of the message store share. Each is this file and one other behind the line "#!lua".
--
-- ARGV[1]: the caller's time, Unix ms. ARGV[2]: how long an ended message's status is kept, ms.
-- T is the tag of the device's partition, "{pN}"; D is "tenant/device". Integers are big-endian.
--   Td:D       the device: stream 4, last seq 6, acked seq 6, base 6, pending 4, their bytes 6, due 6, incarnation 6.
--              No row of q is at or below base. Due: when the sweep must look at the device; 0 = never. Incarnation: the store's
--              when the stream was drawn; in an older one seqs may be missing that the device knows, so the stream is not gone on with.
--   Tq:D       hash, seq -> row: state 1, priority 1, attempts 2, accepted 6, expires 6, id length 1, id, payload.
--              Of a message that ended without an acknowledgement the row stays, and holds its end (6) instead of the payload:
--              it explains the gap until the device is past it or the status is forgotten.
--   Tm:ID      the status: state 1, result + 1 (0 = none) 3, attempts 2, stream 4, seq 6, accepted 6, expires 6, ended 6,
--              publisher id length 1, publisher id, device length 1, device, 1 if a text follows, text.
--   Tu:D:PUB   the message id of the newest message with a publisher id.
--   Tr:D       hash, a stream that the device left behind -> how many seqs were lost with it.
--   Tw         zset, devices with pending messages by the time the first of them was accepted.
--   Tx         zset, devices by due.
--   Tt         in Cluster: hash, a node's number -> the highest message id of the partition that it was answered for.
local call, pack, read = redis.call, struct.pack, struct.unpack
local byte, sub, min, max = string.byte, string.sub, math.min, math.max
local now, statusMs = tonumber(ARGV[1]), tonumber(ARGV[2])
local PENDING, ACKED, DONE, EXPIRED, DEAD = 0, 1, 2, 3, 4
local ROWS_AT_ONCE = 64

-- Devices and statuses are read once and written once by a script, by flush at its end, however many requests touch them.
local devices, statuses = {}, {}

local function find_device(tag, dev)
    local key = tag .. 'd:' .. dev
    if devices[key] then
        return devices[key]
    end
    local raw = call('GET', key)
    if not raw then
        return nil
    end

    local d = { tag = tag, dev = dev, key = key, rows = tag .. 'q:' .. dev }
    devices[key] = d
    d.stream, d.last, d.acked, d.base, d.count, d.bytes, d.due, d.incarnation = read('>I4I6I6I6I4I6I6I6', raw)
    return d
end

local function new_device(tag, dev, stream, incarnation)
    return {
        tag = tag, dev = dev, key = tag .. 'd:' .. dev, rows = tag .. 'q:' .. dev,
        stream = stream, last = 0, acked = 0, base = 0, count = 0, bytes = 0, due = 0, incarnation = incarnation,
    }
end

local function save(d)
    devices[d.key], d.isChanged = d, true
end

-- The status of a message; nil when it is forgotten.
local function find_status(tag, id)
    local key = tag .. 'm:' .. id
    local s = statuses[key]
    if not s then
        s = { raw = call('GET', key) }
        statuses[key] = s
    end
    return s.raw and s or nil
end

local function flush()
    for key, d in pairs(devices) do
        if d.isChanged then
            call('SET', key, pack('>I4I6I6I6I4I6I6I6', d.stream, d.last, d.acked, d.base, d.count, d.bytes, d.due, d.incarnation))
        end
    end
    for key, s in pairs(statuses) do
        if s.hasEnded then
            call('SET', key, s.raw, 'PX', statusMs)
        elseif s.isChanged then
            call('SET', key, s.raw, 'KEEPTTL')
        end
    end
end

local function row_state(row)
    return byte(row, 1)
end

local function row_id(row)
    return sub(row, 18, 17 + byte(row, 17))
end

local function row_bytes(row)
    return #row - 17 - byte(row, 17)
end

local function make_row(state, priority, attempts, accepted, expires, id, body)
    return pack('>BBHI6I6B', state, priority, attempts, accepted, expires, #id) .. id .. body
end

-- Calls f(seq, row) for every row of from..to, in order, until it returns true. Returns the last seq looked at.
local function each_row(d, from, to, f)
    while from <= to do
        local upto = min(from + ROWS_AT_ONCE - 1, to)
        local rows
        if from == upto then
            rows = { call('HGET', d.rows, from) }
        else
            local fields = {}
            for seq = from, upto do
                fields[#fields + 1] = seq
            end
            rows = call('HMGET', d.rows, unpack(fields))
        end

        for i = 1, upto - from + 1 do
            if rows[i] and f(from + i - 1, rows[i]) then
                return from + i - 1
            end
        end
        from = upto + 1
    end
    return to
end

-- The first end wins. Returns the status as it stands then, or nil when it is forgotten.
local function end_message(tag, id, state)
    local s = find_status(tag, id)
    if not s or byte(s.raw, 1) ~= PENDING then
        return s and s.raw
    end

    local m = s.raw
    if state == ACKED and sub(m, 2, 4) ~= '\0\0\0' then
        state = DONE
    end
    s.raw, s.hasEnded = pack('>B', state) .. sub(m, 2, 28) .. pack('>I6', now) .. sub(m, 35), true
    return s.raw
end

-- The device's place in the list of those that wait.
local function set_waiting(d)
    if d.count == 0 then
        call('ZREM', d.tag .. 'w', d.dev)
        return
    end

    each_row(d, d.base + 1, d.last, function(_, row)
        if row_state(row) == PENDING then
            call('ZADD', d.tag .. 'w', (read('>I6', row, 5)), d.dev)
            return true
        end
    end)
end

-- The sweep must look at the device at a time, or before.
local function schedule(d, at)
    if d.due == 0 or at < d.due then
        d.due = at
        call('ZADD', d.tag .. 'x', at, d.dev)
    end
end

-- Ends a pending message that no acknowledgement ends. The caller sees to the lists and saves.
local function bury(d, seq, row, state)
    local _, priority, attempts, accepted = read('>BBHI6', row)
    local m = end_message(d.tag, row_id(row), state)
    d.count = d.count - 1
    d.bytes = d.bytes - row_bytes(row)
    call('HSET', d.rows, seq, make_row(state, priority, attempts, accepted, 0, row_id(row), pack('>I6', now)))
    return m
end
