-- How the state of rows with these versions ('p17.s903') stands to another: row-versions.ts says the same.
local function parse(versions)
  local rows, count = {}, 0
  for part in string.gmatch(versions, '[^.]+') do
    local row, version = string.match(part, '^(.-)(%d+)$')
    if not row then return nil, 0 end
    rows[row], count = tonumber(version), count + 1
  end
  return rows, count
end

local function compare(one, other)
  if one == other then return 'same' end
  local ours, our_count = parse(one)
  local theirs, their_count = parse(other)
  if not ours or not theirs or our_count ~= their_count then return 'unordered' end
  local order = 'same'
  for row, version in pairs(ours) do
    local known = theirs[row]
    if not known then return 'unordered' end
    if version ~= known then
      local here = version > known and 'newer' or 'older'
      if order ~= 'same' and order ~= here then return 'unordered' end
      order = here
    end
  end
  return order
end
