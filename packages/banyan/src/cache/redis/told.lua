-- True when somebody has told of an event under one of these tags that an answer does not include.
local function misses_event(first, last, includes_json)
  local includes = cjson.decode(includes_json)
  for i = first, last do
    local fields = redis.call('HGETALL', KEYS[i])
    for at = 1, #fields, 2 do
      local log = fields[at]
      if log ~= 'stamp' and (includes[log] or 0) < tonumber(fields[at + 1]) then return true end
    end
  end
  return false
end

