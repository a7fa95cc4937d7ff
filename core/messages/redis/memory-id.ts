/**
 * The id of a memory of Redis in a script, of its `mark`: the server's own id is another one after a restart or a
 * failover, the mark after a flush.
 */
export const memoryId = `(string.match(redis.call('INFO', 'server'), 'run_id:(%w+)') or '') .. ':' .. mark`;
