-- KEYS: gateways, key   ARGV: this gateway, ms that an attempt costs, ms of the window, 1 or -1 to give it back
-- Answers {gateways of late, 1 allowed or 0, ms until the next may come or all of the quota is back}.
--
-- One number a key (generic cell rate algorithm), as in the gateway's own memory; what is refused is not counted.
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local cost, window, count = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])

redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - 600000)
redis.call('PEXPIRE', KEYS[1], 600000)
local gateways = tostring(redis.call('ZCARD', KEYS[1]))

local full = math.max(tonumber(redis.call('GET', KEYS[2]) or '0'), now) + count * cost
local over = full - now - window
-- Sums of a fraction such as 1000/300 must not cost the last of the quota.
if count > 0 and over > cost / 100 then return { gateways, '0', string.format('%.6f', over) } end
if full > now then
  redis.call('SET', KEYS[2], string.format('%.6f', full), 'PX', math.max(1, math.ceil(full - now)))
else
  redis.call('DEL', KEYS[2])
end
return { gateways, '1', string.format('%.6f', math.max(0, full - now)) }
