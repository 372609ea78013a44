-- GCRA for each key: the theoretical arrival times, in microseconds of the server's time, are the scores of a sorted set.
-- KEYS: the limiter, its keys. ARGV: the key, the burst and what is asked for, in microseconds; 0 to look only.
-- Returns what is left of the burst then; less than 0: it wasn't taken. Nil if there is no such limiter.
local room = redis.call('HGET', KEYS[1], 'keys')
if not room then
  return false
end
local burst, asked = tonumber(ARGV[2]), tonumber(ARGV[3])
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local arrival = tonumber(redis.call('ZSCORE', KEYS[2], ARGV[1]) or 0)
local ahead = math.min(burst, math.max(0, arrival - now))
local left = burst - ahead - asked
if asked > 0 then
  -- A few at a time: what is over takes room for a while, and no call has to wait for all of it.
  local over = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', string.format('%.0f', now), 'LIMIT', 0, 16)
  if #over > 0 then
    redis.call('ZREM', KEYS[2], unpack(over))
  end
  redis.call('ZADD', KEYS[2], string.format('%.0f', now + (left < 0 and ahead or burst - left)), ARGV[1])
  if redis.call('ZCARD', KEYS[2]) > tonumber(room) then
    local first = redis.call('ZPOPMIN', KEYS[2])
    if tonumber(first[2]) > now then
      redis.call('HINCRBY', KEYS[1], 'forgotten', 1)
    end
  end
end
return left
