package io.sharedstate.mapped;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.util.function.Consumer;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.AtomicBuffer;

/**
 * A process of the heap engine that dies just before a chosen store to shared memory, and does nothing afterwards: not even its {@code finally} blocks
 * reach the memory. Bulk copies count, and are cut, by 8 bytes; files, kernel locks and the like count too.
 */
final class Mortal {

    /** The end of a process, as its own threads see it. */
    static final class Death extends Error {
        private static final long serialVersionUID = 1;

        Death() {
            super("dead", null, false, false);
        }
    }

    private final HeapMemory memory;
    private long stepsLeft = Long.MAX_VALUE;
    private boolean dead;

    Mortal(HeapMemory memory) {
        this.memory = memory;
    }

    /** From now on, dies before the n-th store, counted from 1. */
    void dieBefore(long n) {
        stepsLeft = n;
    }

    boolean isDead() {
        return dead;
    }

    private synchronized void requireAlive() {
        if (dead) {
            throw new Death();
        }
    }

    /** What the member's watch stores from time to time is no store of the operation, and may come at any of them. */
    private synchronized void step() {
        requireAlive();
        if (!Thread.currentThread().getName().equals("sharedstate-watch") && --stepsLeft == 0) {
            dead = true;
            throw new Death();
        }
    }

    HeapMemory.Attached storage() {
        return storage(new long[2]);
    }

    HeapMemory.Attached storage(long[] bootId) {
        return memory.new Attached() {
            @Override
            public long[] bootId() {
                return bootId;
            }

            @Override
            AtomicBuffer view(MappedAtomicBuffer file) {
                return mortal(file);
            }

            @Override
            public Segment create(String path, long length, Consumer<AtomicBuffer> initializer) {
                return super.create(path, length, initializer.andThen(buffer -> step()));
            }

            @Override
            public void delete(String path) {
                step();
                super.delete(path);
            }

            @Override
            public boolean claim(int ordinal) {
                step();
                return super.claim(ordinal);
            }

            @Override
            public void release(int ordinal) {
                step();
                super.release(ordinal);
            }

            @Override
            public void lockCreation() {
                step();
                super.lockCreation();
            }

            @Override
            public void unlockCreation() {
                step();
                super.unlockCreation();
            }
        };
    }

    private AtomicBuffer mortal(MappedAtomicBuffer file) {
        return (AtomicBuffer) Proxy.newProxyInstance(
                Mortal.class.getClassLoader(), new Class<?>[] {AtomicBuffer.class}, (proxy, method, arguments) -> {
                    String name = method.getName();
                    requireAlive();
                    if (name.equals("putBytes")) {
                        copyInSteps(file, arguments);
                        return null;
                    }
                    if (name.equals("setMemory")) {
                        int from = (int) arguments[0];
                        int end = from + (int) arguments[1];
                        for (int at = from; at < end; at += Long.BYTES) {
                            step();
                            file.setMemory(at, Math.min(Long.BYTES, end - at), (byte) arguments[2]);
                        }
                        return null;
                    }
                    if (name.startsWith("put")
                            || name.startsWith("add")
                            || name.startsWith("compareAnd")
                            || name.startsWith("getAnd")) {
                        step();
                    }
                    try {
                        return method.invoke(file, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    private void copyInSteps(MappedAtomicBuffer file, Object[] arguments) {
        int index = (int) arguments[0];
        ByteBuffer source = arguments[1] instanceof DirectBuffer buffer
                ? copy(buffer, (int) arguments[2], (int) arguments[3])
                : arguments.length == 2
                        ? ByteBuffer.wrap((byte[]) arguments[1])
                        : ByteBuffer.wrap((byte[]) arguments[1], (int) arguments[2], (int) arguments[3])
                                .slice();
        for (int at = 0; at < source.capacity(); at += Long.BYTES) {
            step();
            file.putBytes(index + at, source, at, Math.min(Long.BYTES, source.capacity() - at));
        }
    }

    private static ByteBuffer copy(DirectBuffer source, int from, int length) {
        byte[] bytes = new byte[length];
        source.getBytes(from, bytes);
        return ByteBuffer.wrap(bytes);
    }
}
