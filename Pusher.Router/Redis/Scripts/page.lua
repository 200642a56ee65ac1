-- A page of a device's stream. ARGV[3]: T; [4]: D; [5]: stream; [6]: after seq; [7], [8]: the most messages and bytes.
-- Returns nil when it is not the device's stream, else {last seq, the last seq looked at, seq, row, seq, row, ...}.
local SEQS_MAX = 4096
local d = find_device(ARGV[3], ARGV[4])
if not d or d.stream ~= tonumber(ARGV[5]) then
    return nil
end

local after, messagesMax, bytesMax = tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])
local page, messages, bytes = { d.last, 0 }, 0, 0
local from = max(after, d.base) + 1
local upto = min(d.last, from + SEQS_MAX - 1)
local full
each_row(d, from, upto, function(seq, row)
    if is_forgotten(row) then
        return
    end
    if row_state(row) == PENDING then
        if messages >= messagesMax or (messages > 0 and bytes + row_bytes(row) > bytesMax) then
            full = seq
            return true
        end
        messages, bytes = messages + 1, bytes + row_bytes(row)
    end
    page[#page + 1] = seq
    page[#page + 1] = row
end)
page[2] = full and full - 1 or max(upto, after)
return page
