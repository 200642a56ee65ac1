-- Devices whose first pending message was accepted at ARGV[3] or before, by partition and name. Throws those out of the list that wait no more.
-- ARGV[4], [5]: first and last partition; [6]: the name behind which to start in the first, or ''; [7]: how many to return at most; [8]: how many to
-- look at; [9]: a 1 for each partition (0, 1, …) that is the caller's, else 0.
-- Returns {the partition and the name behind which to go on, or -1 and '' at the end, D, stream, last seq, ...}.
local until_ms, left, looks = tonumber(ARGV[3]), tonumber(ARGV[7]), tonumber(ARGV[8])
local found = { -1, '' }

local function look_at(d)
    if d.count == 0 then
        call('ZREM', d.tag .. 'w', d.dev)
        d.listed = 0
        save(d)
        return
    end

    if d.first == 0 then
        first_accepted(d)
        save(d)
    end
    if d.first > until_ms then
        call('ZADD', d.tag .. 'w', d.first, d.dev)
        d.listed = d.first
        save(d)
        return
    end
    left = left - 1
    found[#found + 1] = d.dev
    found[#found + 1] = d.stream
    found[#found + 1] = d.last
end

local function look_through(partition, behind)
    local tag = '{p' .. partition .. '}'
    local names, keys = {}, {}
    for _, dev in ipairs(call('ZRANGEBYSCORE', tag .. 'w', '-inf', ARGV[3])) do
        if dev > behind then
            names[#names + 1] = dev
        end
    end
    table.sort(names)
    for i = 1, min(#names, looks) do
        keys[i] = tag .. 'd:' .. names[i]
    end
    fetch(keys)
    for _, dev in ipairs(names) do
        if left == 0 or looks == 0 then
            return true
        end
        looks = looks - 1
        local d = find_device(tag, dev)
        if d then
            look_at(d)
        else
            call('ZREM', tag .. 'w', dev)
        end
        found[1], found[2] = partition, dev
    end
end

local first = tonumber(ARGV[4])
for partition = first, tonumber(ARGV[5]) do
    if sub(ARGV[9], partition + 1, partition + 1) == '1' and look_through(partition, partition == first and ARGV[6] or '') then
        flush()
        return found
    end
end
flush()
found[1], found[2] = -1, ''
return found
