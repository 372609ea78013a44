-- Returns how many permits there are, who has how many, and who waits with how many threads. Nil if there is no such semaphore.
-- KEYS: the semaphore, who has permits, who waits.
local permits = redis.call('HGET', KEYS[1], 'permits')
if not permits then
  return false
end
return {permits, redis.call('HGETALL', KEYS[2]), redis.call('HGETALL', KEYS[3])}
