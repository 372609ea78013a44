package io.sharedstate.mapped;

import io.sharedstate.mapped.layout.QueueLayout;
import java.util.ArrayList;
import java.util.List;
import org.agrona.concurrent.AtomicBuffer;

/**
 * What the first to join after a reboot makes of a queue, before anyone joins: pages reach a disk in any order, so each message
 * is looked at by itself. Those that are whole stay, those in work are to be redelivered, and so are those that are ready though newer
 * ones took their turn: they were received, or done, and that didn't reach the disk. Repeating it does no harm.
 */
final class QueueReboot {

    private final QueueBlocks blocks;
    private final AtomicBuffer buffer;
    private int dropped;

    private QueueReboot(Segment file) {
        this.blocks = new QueueBlocks(file);
        this.buffer = file.buffer();
    }

    /** @return how many messages were damaged */
    static int verify(Segment file) {
        return new QueueReboot(file).run();
    }

    private int run() {
        long tail = Math.max(0, buffer.getLong(QueueLayout.TAIL_OFFSET));
        List<Integer> ready = new ArrayList<>();
        for (int block = 0; block < blocks.count(); ) {
            int end = verify(block);
            int kind = QueueLayout.kind(blocks.state(block));
            if (kind != 0) {
                tail = Math.max(tail, blocks.position(block) + blocks.span(block));
            }
            if (kind == QueueLayout.READY) {
                ready.add(block);
            }
            block = end;
        }
        long head = tail;
        for (int block : ready) {
            if (blocks.position(block) < tail - blocks.count()) {
                redeliver(block);
            } else {
                head = Math.min(head, blocks.position(block));
            }
        }
        buffer.putLong(QueueLayout.TAIL_OFFSET, tail);
        buffer.putLong(QueueLayout.HEAD_OFFSET, head);
        buffer.putLong(QueueLayout.DUE_OFFSET, 0);
        for (int ordinal = 0; ordinal < blocks.layout().members(); ordinal++) {
            buffer.putLong(QueueLayout.consumerOffset(ordinal), 0);
        }
        return dropped;
    }

    /** Returns the block behind the message, or behind this one if there is none. */
    private int verify(int block) {
        long state = blocks.state(block);
        int kind = QueueLayout.kind(state);
        if (state == 0) {
            return block + 1;
        }
        if (kind < QueueLayout.READY || kind > QueueLayout.DEAD_LETTER || !blocks.isWhole(block)) {
            blocks.setState(block, 0);
            dropped++;
            return block + 1;
        }
        if (kind == QueueLayout.IN_WORK) {
            redeliver(block);
        }
        int end = block + blocks.span(block);
        for (int inside = block + 1; inside < end; inside++) {
            blocks.setState(inside, 0);
        }
        return end;
    }

    private void redeliver(int block) {
        blocks.setDue(block, 0);
        blocks.setState(block, QueueLayout.givenBack(blocks.state(block), Integer.MAX_VALUE));
    }
}
