-- A tag has a stamp, drawn afresh when the tag is invalidated, lost or forgotten. An entry is good while the stamps of its tags are
-- those that its fill saw when it began: so whatever Redis forgets, in whatever order, can only make answers missing.
local function stamp_all(first, last, fresh, keep_ms)
  local stamps = {}
  for i = first, last do
    local stamp = redis.call('HGET', KEYS[i], 'stamp')
    if not stamp then
      stamp = fresh
      redis.call('HSET', KEYS[i], 'stamp', stamp)
    end
    redis.call('PEXPIRE', KEYS[i], keep_ms)
    stamps[#stamps + 1] = stamp
  end
  return table.concat(stamps, ' ')
end

