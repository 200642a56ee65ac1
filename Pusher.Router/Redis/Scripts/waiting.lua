-- Devices whose first pending message was accepted at ARGV[3] or before, by partition and name.
-- ARGV[4], [5]: first and last partition; [6]: the name behind which to start in the first, or ''; [7]: how many at most; [8]: a 1 for each
-- partition (0, 1, …) that is the caller's, else 0.
-- Returns {partition reached, D, stream, last seq, ...}.
local found, left, reached = { 0 }, tonumber(ARGV[7]), tonumber(ARGV[4])
for partition = reached, tonumber(ARGV[5]) do
    reached = partition
    local tag = '{p' .. partition .. '}'
    local mine = sub(ARGV[8], partition + 1, partition + 1) == '1'
    local names = mine and call('ZRANGEBYSCORE', tag .. 'w', '-inf', ARGV[3]) or {}
    table.sort(names)
    for _, dev in ipairs(names) do
        if partition > tonumber(ARGV[4]) or dev > ARGV[6] then
            local d = find_device(tag, dev)
            if d and left > 0 then
                left = left - 1
                found[#found + 1] = dev
                found[#found + 1] = d.stream
                found[#found + 1] = d.last
            end
        end
    end
    if left == 0 then
        break
    end
end
found[1] = reached
return found
