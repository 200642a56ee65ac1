-- Ends what is over its time, and moves the bases of devices behind rows that are gone or whose status is forgotten, in the partitions first..last.
-- ARGV[3], [4]: first and last partition; [5]: the most messages to end; [6]: the most devices to look at; [7]: a 1 for each partition
-- (0, 1, …) that is the caller's, else 0.
-- Returns {1 when there is more to do now, else 0, the statuses of the ended (id, status, ...)}.
local ROWS_MAX = 5000 -- that one script reads: some 10 ms
local messagesLeft, devicesLeft, rowsLeft = tonumber(ARGV[5]), tonumber(ARGV[6]), ROWS_MAX
local ended = {}

local function expire(d, seq, row)
    messagesLeft = messagesLeft - 1
    local m = bury(d, seq, row, EXPIRED)
    ended[#ended + 1] = row_id(row)
    ended[#ended + 1] = m or ''
end

-- Those that were read before, and are over their time now. False when some may be left.
local function expire_known(d)
    local most = min(messagesLeft, rowsLeft)
    local seqs, rows = {}, {}
    for _, member in ipairs(call('ZRANGEBYSCORE', d.waits, '-inf', now, 'LIMIT', 0, most)) do
        seqs[#seqs + 1] = tonumber(member)
    end
    rowsLeft = rowsLeft - #seqs
    each_of(d, seqs, function(seq, row)
        rows[seq] = seq > d.base and row_state(row) == PENDING and row or nil
    end)
    for _, seq in ipairs(seqs) do
        local expires = rows[seq] and read('>I6', rows[seq], 11)
        if not expires then
            take_out(d, seq) -- acknowledged or given up
        elseif expires > 0 and expires <= now then
            expire(d, seq, rows[seq])
        else
            call('ZADD', d.waits, expires > 0 and format('%.0f', expires) or '+inf', format('%d', seq))
        end
    end
    return #seqs < most
end

-- Those that are new since. Calls later with the times at which more is to be done.
local function read_new(d, later)
    local from = max(d.mark, d.base) + 1
    local to = min(d.last, from + rowsLeft - 1)
    local waits = {}
    each_row(d, from, to, function(seq, row)
        if row_state(row) ~= PENDING then
            return
        end
        local expires = read('>I6', row, 11)
        if expires > 0 and expires <= now and messagesLeft > 0 then
            expire(d, seq, row)
            return
        end
        waits[#waits + 1] = expires > 0 and format('%.0f', expires) or '+inf'
        waits[#waits + 1] = format('%d', seq)
        if expires > 0 then
            later(max(expires, 1))
        end
    end)
    in_chunks_of('ZADD', d.waits, waits) -- an even number at a time
    rowsLeft = rowsLeft - max(0, to - from + 1)
    d.mark = max(d.mark, to)
    if to < d.last then
        later(now)
    end
end

-- Moves base behind what is acknowledged or forgotten.
local function forget(d, later)
    local to = min(d.last, d.base + rowsLeft)
    local base, isStopped = to, false
    local function step(seq, row, key)
        local at = forgotten_at(row)
        if at and at <= now then
            put(key, false)
            return false
        end
        if at then
            later(at)
        end
        base, isStopped = seq - 1, true
        return true
    end
    each_row(d, d.base + 1, min(d.base + 1, to), step) -- mostly it is there: its neighbours need not be read
    if not isStopped then
        each_row(d, d.base + 2, to, step)
        if base < d.last and not isStopped then
            later(now)
        end
    end
    rowsLeft = rowsLeft - (base - d.base)
    d.base = base
end

local function look_at(d)
    local due = 0
    local function later(at)
        due = due == 0 and at or min(due, at)
    end
    if d.mark > d.base then
        if not expire_known(d) then
            later(now)
        end
        local next = call('ZRANGEBYSCORE', d.waits, '(' .. format('%.0f', now), '(+inf', 'WITHSCORES', 'LIMIT', 0, 1)
        if next[2] then
            later(tonumber(next[2]))
        end
    elseif d.mark > 0 then
        call('DEL', d.waits)
    end
    read_new(d, later)
    forget(d, later)
    d.due = due
    if due == 0 then
        call('ZREM', d.tag .. 'x', d.dev)
    else
        call('ZADD', d.tag .. 'x', format('%.0f', due), d.dev)
    end
    save(d)
end

local function is_enough()
    return messagesLeft == 0 or devicesLeft == 0 or rowsLeft <= 0
end

for partition = tonumber(ARGV[3]), tonumber(ARGV[4]) do
    if is_enough() then
        break
    end
    local tag = '{p' .. partition .. '}'
    local mine = sub(ARGV[7], partition + 1, partition + 1) == '1'
    for _, dev in ipairs(mine and call('ZRANGEBYSCORE', tag .. 'x', '-inf', now, 'LIMIT', 0, devicesLeft) or {}) do
        if is_enough() then
            break
        end
        devicesLeft = devicesLeft - 1
        local d = find_device(tag, dev)
        if d then
            look_at(d)
        else
            call('ZREM', tag .. 'x', dev)
        end
    end
end
flush()
return { is_enough() and 1 or 0, ended }
