package io.sharedstate.autoconfigure.scheduling;

import io.sharedstate.Codec;
import java.nio.ByteBuffer;

/**
 * What all processes know of a job.
 *
 * @param owner incarnation of the member that runs it, or {@value #NOBODY}
 * @param running whether a run has begun and not ended
 * @param begun when the last run began, in milliseconds since 1970
 * @param ended when the last run that ended did, or 0
 * @param runs how many have begun
 * @param abandoned how many of them a process died in
 */
record JobRecord(long owner, boolean running, long begun, long ended, long runs, long abandoned) {

    static final long NOBODY = 0;

    static JobRecord first(long owner, long now) {
        return new JobRecord(owner, true, now, 0, 1, 0);
    }

    /** @param owner of the next run; if the last one hasn't ended, it never will */
    JobRecord next(long owner, long now) {
        return new JobRecord(owner, true, now, ended, runs + 1, running ? abandoned + 1 : abandoned);
    }

    JobRecord ended(long now) {
        return new JobRecord(owner, false, begun, now, runs, abandoned);
    }

    JobRecord released() {
        return new JobRecord(NOBODY, running, begun, ended, runs, abandoned);
    }

    /** Its parts in order, in 41 bytes. */
    static final class Format implements Codec<JobRecord> {

        @Override
        public byte[] encode(JobRecord job) {
            return ByteBuffer.allocate(5 * Long.BYTES + 1)
                    .putLong(job.owner)
                    .put((byte) (job.running ? 1 : 0))
                    .putLong(job.begun)
                    .putLong(job.ended)
                    .putLong(job.runs)
                    .putLong(job.abandoned)
                    .array();
        }

        @Override
        public JobRecord decode(byte[] bytes) {
            ByteBuffer in = ByteBuffer.wrap(bytes);
            return new JobRecord(in.getLong(), in.get() != 0, in.getLong(), in.getLong(), in.getLong(), in.getLong());
        }

        @Override
        public String format() {
            return "job";
        }
    }
}
