-- Sets the shard's live counters aside as a batch under their id, unless batches still wait: while Postgres is away,
-- counters pile up in one place, by distinct counter only.
-- KEYS  1 live counters, 2 ids of batches set aside
-- Returns the ids of all batches that wait to be flushed.
local id = redis.call('HGET', KEYS[1], 'id')
if id and redis.call('SCARD', KEYS[2]) == 0 then
  redis.call('RENAME', KEYS[1], KEYS[2] .. ':' .. id)
  redis.call('SADD', KEYS[2], id)
end
local waiting = redis.call('SMEMBERS', KEYS[2])
if #waiting > 0 then
  -- The fence, WAITAOF, waits for what its own connection wrote: a batch that another flusher set aside needs a write too.
  redis.call('SADD', KEYS[2], '')
  redis.call('SREM', KEYS[2], '')
end
return waiting
