-- What the scripts of the message store share. Each is this file and one other behind the line "#!lua".
--
-- ARGV[1]: the caller's time, Unix ms. ARGV[2]: how long an ended message's status is kept, ms.
-- T is the tag of the device's partition, "{pN}"; D is "tenant/device". Integers are big-endian.
--   Td:D       the device: stream 4, last seq 6, acked seq 6, base 6, pending 4, their bytes 6, due 6, incarnation 6, first 6, listed 6, mark 6.
--              No row is at or below base. Due: when the sweep must look at the device; 0 = never. Incarnation: the store's
--              when the stream was drawn; in an older one seqs may be missing that the device knows, so the stream is not gone on with.
--              First: when the first pending message was accepted; 0 = its row knows. Listed: the device's score in Tw; 0 = not in it.
--              Mark: how far the sweep has read the rows; those at or below it that are pending are in Te. Absent = 0.
--   Tq:D:SEQ   row: state 1, priority 1, attempts 2, accepted 6, expires 6, id length 1, id, payload.
--              Of a message that ended without an acknowledgement the row stays, and holds its end (6) instead of the payload:
--              it explains the gap until the device is past it or the status is forgotten.
--   Te:D       zset, the pending seqs through mark by the time when they expire; some are not pending any more. A stream has ever more rows and gaps behind
--              one message that nobody takes: so they are read once, and not again at each look.
--   Tm:ID      the status: state 1, result + 1 (0 = none) 3, attempts 2, stream 4, seq 6, accepted 6, expires 6, ended 6,
--              publisher id length 1, publisher id, device length 1, device, 1 if a text follows, text. It lives as long as its row
--              while it is pending, and gets its time to live at its end.
--   Tu:D:PUB   the message id of the newest message with a publisher id.
--   Tr:D       hash, a stream that the device left behind -> how many seqs were lost with it.
--   Tw         zset, devices that may have pending messages by the time when the first of them was accepted, or before. A device is put in once
--              and stays when it is acknowledged; who lists them throws out what waits no more.
--   Tx         zset, devices by due.
--   Tt         in Cluster: hash, a node's number -> the highest message id of the partition that it was answered for.
local call, pack, read, format = redis.call, struct.pack, struct.unpack, string.format
local byte, sub, char, min, max = string.byte, string.sub, string.char, math.min, math.max
local now, statusMs = tonumber(ARGV[1]), tonumber(ARGV[2])
local packedNow = pack('>I6', now)
local PENDING, ACKED, DONE, EXPIRED, DEAD = 0, 1, 2, 3, 4
local ROWS_AT_ONCE = 64
local KEYS_AT_ONCE = 500
local BYTES_WITHOUT_MARK = 56
local RANGE_READ_MAX = 256 -- more seqs than these are not read one by one when Te tells which of them wait
local KEEP = 'KEEPTTL'

-- A call costs Redis more than what most of them do. So a key is read once and written once by a script however many requests touch it, as many as
-- can in one command: values has what was read or is to be written (false = no key), writes how: true, KEEP, or its time to live in ms as text.
local devices, values, writes = {}, {}, {}
local taken_out = {} -- key of a zset -> the members that go when all is written: one too many does no harm, a missing one would

-- Reads those of the keys that are not known yet.
local function fetch(keys)
    local asked = {}
    for _, key in ipairs(keys) do
        if values[key] == nil then
            values[key] = false
            asked[#asked + 1] = key
        end
    end
    for from = 1, #asked, KEYS_AT_ONCE do
        local upto = min(from + KEYS_AT_ONCE - 1, #asked)
        local found = call('MGET', unpack(asked, from, upto))
        for i = from, upto do
            values[asked[i]] = found[i - from + 1]
        end
    end
end

local function get(key)
    local value = values[key]
    if value == nil then
        value = call('GET', key)
        values[key] = value
    end
    return value
end

local function put(key, value, how)
    values[key] = value
    if how ~= KEEP or not writes[key] then
        writes[key] = how or true
    end
end

local function find_device(tag, dev)
    local key = tag .. 'd:' .. dev
    if devices[key] then
        return devices[key]
    end
    local raw = get(key)
    if not raw then
        return nil
    end

    local d = { tag = tag, dev = dev, key = key, rows = tag .. 'q:' .. dev .. ':', waits = tag .. 'e:' .. dev }
    devices[key] = d
    d.stream, d.last, d.acked, d.base, d.count, d.bytes, d.due, d.incarnation, d.first, d.listed = read('>I4I6I6I6I4I6I6I6I6I6', raw)
    d.mark = #raw > BYTES_WITHOUT_MARK and read('>I6', raw, BYTES_WITHOUT_MARK + 1) or 0
    return d
end

local function new_device(tag, dev, stream, incarnation)
    return {
        tag = tag, dev = dev, key = tag .. 'd:' .. dev, rows = tag .. 'q:' .. dev .. ':', waits = tag .. 'e:' .. dev,
        stream = stream, last = 0, acked = 0, base = 0, count = 0, bytes = 0, due = 0, incarnation = incarnation, first = 0, listed = 0, mark = 0,
    }
end

local function save(d)
    devices[d.key], d.isChanged = d, true
end

-- The status of a message; false when it is forgotten.
local function find_status(tag, id)
    return get(tag .. 'm:' .. id)
end

-- A pending one has no time to live; one that has ended before keeps its own.
local function change_status(tag, id, m)
    put(tag .. 'm:' .. id, m, byte(m) ~= PENDING and KEEP or nil)
end

local function in_chunks(command, arguments)
    for from = 1, #arguments, KEYS_AT_ONCE do
        call(command, unpack(arguments, from, min(from + KEYS_AT_ONCE - 1, #arguments)))
    end
end

local function in_chunks_of(command, key, arguments)
    for from = 1, #arguments, KEYS_AT_ONCE do
        call(command, key, unpack(arguments, from, min(from + KEYS_AT_ONCE - 1, #arguments)))
    end
end

local function flush()
    local gone, plain = {}, {}
    for key, d in pairs(devices) do
        if d.isChanged then
            plain[#plain + 1] = key
            plain[#plain + 1] = pack('>I4I6I6I6I4I6I6I6I6I6I6', d.stream, d.last, d.acked, d.base, d.count, d.bytes, d.due, d.incarnation, d.first, d.listed, d.mark)
        end
    end
    for key, how in pairs(writes) do
        local value = values[key]
        if not value then
            gone[#gone + 1] = key
        elseif how == true then
            plain[#plain + 1] = key
            plain[#plain + 1] = value
        elseif how == KEEP then
            call('SET', key, value, KEEP)
        else
            call('SET', key, value, 'PX', how)
        end
    end
    in_chunks('MSET', plain) -- an even number at a time
    in_chunks('DEL', gone)
    for key, members in pairs(taken_out) do
        in_chunks_of('ZREM', key, members)
    end
end

local function row_key(d, seq)
    return d.rows .. format('%d', seq)
end

local function row_state(row)
    return byte(row, 1)
end

local function row_id(row)
    return sub(row, 18, 17 + byte(row, 17))
end

-- When the row of an ended message may go, for its status is forgotten; nil for a pending one.
local function forgotten_at(row)
    return row_state(row) ~= PENDING and read('>I6', row, 18 + byte(row, 17)) + statusMs or nil
end

local function is_forgotten(row)
    local at = forgotten_at(row)
    return at and at <= now
end

local function row_bytes(row)
    return #row - 17 - byte(row, 17)
end

-- Calls f(seq, row, key) for every row of those seqs, until it returns true. Returns the seq at which it did.
local function each_of(d, seqs, f)
    for from = 1, #seqs, ROWS_AT_ONCE do
        local upto = min(from + ROWS_AT_ONCE - 1, #seqs)
        local keys = {}
        for i = from, upto do
            keys[#keys + 1] = row_key(d, seqs[i])
        end
        if from < upto then
            fetch(keys)
        end

        for i, key in ipairs(keys) do
            local row = get(key)
            if row and f(seqs[from + i - 1], row, key) then
                return seqs[from + i - 1]
            end
        end
    end
end

-- The same for every row of from..to, in order. Returns the last seq looked at.
local function each_row(d, from, to, f)
    while from <= to do
        local upto = min(from + ROWS_AT_ONCE - 1, to)
        local seqs = {}
        for seq = from, upto do
            seqs[#seqs + 1] = seq
        end
        local ended_at = each_of(d, seqs, f)
        if ended_at then
            return ended_at
        end
        from = upto + 1
    end
    return to
end

-- The same for every pending row through a seq, in order, and for some that are not pending.
local function each_pending(d, to, f)
    local from = d.base + 1
    if min(d.mark, to) - d.base > RANGE_READ_MAX then
        local seqs = {}
        for _, member in ipairs(call('ZRANGE', d.waits, 0, -1)) do
            local seq = tonumber(member)
            if seq >= from and seq <= min(d.mark, to) then
                seqs[#seqs + 1] = seq
            end
        end
        table.sort(seqs)
        if each_of(d, seqs, f) then
            return
        end
        from = d.mark + 1
    end
    each_row(d, from, to, f)
end

-- The seq does not wait any more.
local function take_out(d, seq)
    if seq <= d.mark then
        local members = taken_out[d.waits] or {}
        taken_out[d.waits] = members
        members[#members + 1] = format('%d', seq)
    end
end

-- The first end wins. Returns the status as it stands then, or false when it is forgotten.
local function end_message(tag, id, state)
    local m = find_status(tag, id)
    if not m or byte(m, 1) ~= PENDING then
        return m
    end

    if state == ACKED and sub(m, 2, 4) ~= '\0\0\0' then
        state = DONE
    end
    m = char(state) .. sub(m, 2, 28) .. packedNow .. sub(m, 35)
    put(tag .. 'm:' .. id, m, ARGV[2])
    return m
end

-- The device is to be found among those that wait, from a time on or before.
local function list(d, at)
    if d.listed == 0 or at < d.listed then
        d.listed = max(at, 1)
        call('ZADD', d.tag .. 'w', d.listed, d.dev)
    end
end

-- When the first pending message was accepted. The caller saves.
local function first_accepted(d)
    if d.first == 0 then
        each_pending(d, d.last, function(_, row)
            if row_state(row) == PENDING then
                d.first = read('>I6', row, 5)
                return true
            end
        end)
    end
    return d.first
end

-- The sweep must look at the device at a time, or before.
local function schedule(d, at)
    if d.due == 0 or at < d.due then
        d.due = at
        call('ZADD', d.tag .. 'x', at, d.dev)
    end
end

-- Ends a pending message that no acknowledgement ends. The caller saves.
local function bury(d, seq, row, state)
    local _, priority, attempts, accepted = read('>BBHI6', row)
    local m = end_message(d.tag, row_id(row), state)
    d.count = d.count - 1
    d.bytes = d.bytes - row_bytes(row)
    if d.first == accepted then
        d.first = 0
    end
    take_out(d, seq)
    put(row_key(d, seq), pack('>BBHI6I6', state, priority, attempts, accepted, 0) .. sub(row, 17, 17 + byte(row, 17)) .. packedNow, ARGV[2])
    return m
end
