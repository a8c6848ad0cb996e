-- What a tag remembers: 'stamp', and 'struck' (see invalidate.lua); of events that only their positions tell of, by log, the last
-- position; of events of a row, in 'row p products/0/1', its last version and position; in 'row p' the version that a write has told
-- of itself, which everything has that stands under the present stamp.
local function misses(field, value, includes, rows)
  if field == 'stamp' or field == 'struck' then return false end
  local row, log = string.match(field, '^row (%S+) ?(.*)$')
  if not row then return (includes[field] or 0) < tonumber(value) end
  local version, position = string.match(value, '^(%d+) ?(%d*)$')
  local has = rows[row]
  if has and has >= tonumber(version) then return false end
  if log == '' then return has ~= nil end
  return (includes[log] or 0) < tonumber(position)
end

-- True when somebody has told of a change under one of these tags that an answer does not include.
local function misses_change(first, last, includes_json, versions)
  local includes, rows = cjson.decode(includes_json), parse(versions) or {}
  for i = first, last do
    local fields = redis.call('HGETALL', KEYS[i])
    for at = 1, #fields, 2 do
      if misses(fields[at], fields[at + 1], includes, rows) then return true end
    end
  end
  return false
end

-- Under these tags there is an answer now of whose rows nothing is known but these.
local function forget_other_rows(first, last, versions)
  local rows = parse(versions) or {}
  for i = first, last do
    local fields = redis.call('HGETALL', KEYS[i])
    for at = 1, #fields, 2 do
      local row = string.match(fields[at], '^row (%S+)$')
      if row and not rows[row] then redis.call('HDEL', KEYS[i], fields[at]) end
    end
  end
end

-- Whatever stands under these tags from now on is at least as new: to be called where their stamps are struck.
local function tell_rows(first, last, versions, keep_ms)
  for row, version in pairs(parse(versions) or {}) do
    for i = first, last do
      local field = 'row ' .. row
      local known = redis.call('HGET', KEYS[i], field)
      redis.pcall('HSET', KEYS[i], field, math.max(version, tonumber(known or 0)))
      redis.call('PEXPIRE', KEYS[i], keep_ms)
    end
  end
end
