-- Ends what is over its time and forgets tombstones whose status is forgotten, in the partitions first..last.
-- ARGV[3], [4]: first and last partition; [5]: the most messages to end; [6]: the most devices to look at; [7]: a 1 for each partition
-- (0, 1, …) that is the caller's, else 0.
-- Returns {how many devices were looked at, how many messages ended, the statuses of the ended (id, status, ...)}.
local messagesLeft, devicesLeft = tonumber(ARGV[5]), tonumber(ARGV[6])
local ended, looked = {}, 0

local function look_at(d)
    local due, first = 0, nil
    local function later(at)
        due = due == 0 and at or min(due, at)
    end
    each_row(d, d.base + 1, d.last, function(seq, row, key)
        local expires = read('>I6', row, 11)
        if row_state(row) ~= PENDING then
            local forget = read('>I6', row, 18 + byte(row, 17)) + statusMs
            if forget <= now then
                put(key, false)
                return
            end
            later(forget)
        elseif expires > 0 and expires <= now and messagesLeft > 0 then
            messagesLeft = messagesLeft - 1
            local m = bury(d, seq, row, EXPIRED)
            ended[#ended + 1] = row_id(row)
            ended[#ended + 1] = m or ''
            later(now + statusMs)
        elseif expires > 0 then
            later(max(expires, 1))
        end
        first = first or seq
    end)
    d.base = first and first - 1 or d.last
    d.due = due
    if due == 0 then
        call('ZREM', d.tag .. 'x', d.dev)
    else
        call('ZADD', d.tag .. 'x', due, d.dev)
    end
    save(d)
end

for partition = tonumber(ARGV[3]), tonumber(ARGV[4]) do
    if messagesLeft == 0 or looked >= devicesLeft then
        break
    end
    local tag = '{p' .. partition .. '}'
    local mine = sub(ARGV[7], partition + 1, partition + 1) == '1'
    for _, dev in ipairs(mine and call('ZRANGEBYSCORE', tag .. 'x', '-inf', now, 'LIMIT', 0, devicesLeft - looked) or {}) do
        if messagesLeft == 0 then
            break
        end
        looked = looked + 1
        local d = find_device(tag, dev)
        if d then
            look_at(d)
        else
            call('ZREM', tag .. 'x', dev)
        end
    end
end
flush()
return { looked, #ended / 2, ended }
