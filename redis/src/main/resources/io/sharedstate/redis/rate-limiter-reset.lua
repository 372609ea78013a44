-- Gives all permits back. Returns 1; nil if there is no such limiter.
-- KEYS: the limiter.
if redis.call('EXISTS', KEYS[1]) == 0 then
  return false
end
redis.call('HSET', KEYS[1], 'arrival', '0')
return 1
