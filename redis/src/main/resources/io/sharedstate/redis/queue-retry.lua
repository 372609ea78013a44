-- Gives a message back. Returns 1; 2 if it is a dead letter now; 0 if I don't have it any more. One of a queue that is gone is done.
-- KEYS: the queue, its messages, when those that wait are to be retried, who waits. ARGV: when the queue was created, me, the id, how often it
-- was received, how often at most, after how many ms it may be received again, the channel.
if redis.call('HGET', KEYS[1], 'created') ~= ARGV[1] then
  return 1
end
local pending = redis.call('XPENDING', KEYS[2], 'all', ARGV[3], ARGV[3], 1, ARGV[2])[1]
if not pending or pending[4] ~= tonumber(ARGV[4]) then
  return 0
end
if pending[4] >= tonumber(ARGV[5]) then
  redis.call('XCLAIM', KEYS[2], 'all', 'dead', 0, ARGV[3], 'JUSTID')
  return 2
end
if ARGV[6] == '0' then
  redis.call('XCLAIM', KEYS[2], 'all', 'free', 0, ARGV[3], 'JUSTID')
else
  local time = redis.call('TIME')
  redis.call('ZADD', KEYS[3], string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000) + ARGV[6]), ARGV[3])
  redis.call('XCLAIM', KEYS[2], 'all', 'later', 0, ARGV[3], 'JUSTID')
end
if redis.call('EXISTS', KEYS[4]) == 1 then
  redis.call('PUBLISH', ARGV[7], KEYS[1])
end
return 1
