-- KEYS: entry, lease, tags …   ARGV: token, stamps of the lease, meta, data, ms to keep, versions or '', includes as JSON
-- Answers 'stored', 'lost' or 'older'.
if redis.call('GET', KEYS[2]) ~= ARGV[1] .. ' ' .. ARGV[2] then return 'lost' end
redis.call('DEL', KEYS[2])

local stamps = {}
for i = 3, #KEYS do stamps[#stamps + 1] = redis.call('HGET', KEYS[i], 'stamp') or '' end
if table.concat(stamps, ' ') ~= ARGV[2] then return 'lost' end

if misses_change(3, #KEYS, ARGV[7], ARGV[6]) then return 'older' end

-- Rows never go back, not even behind an answer that has been invalidated since.
local known = redis.call('HGET', KEYS[1], 'versions')
if known and known ~= '' and ARGV[6] ~= '' then
  local order = compare(ARGV[6], known)
  if order == 'older' then return 'older' end
  if order == 'unordered' then
    redis.call('DEL', KEYS[1])
    return 'older'
  end
end

forget_other_rows(3, #KEYS, ARGV[6])
redis.call('HSET', KEYS[1], 'stamps', ARGV[2], 'meta', ARGV[3], 'data', ARGV[4], 'versions', ARGV[6])
redis.call('PEXPIRE', KEYS[1], ARGV[5])
return 'stored'
