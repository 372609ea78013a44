package io.sharedstate.autoconfigure.idempotency;

import io.sharedstate.Codec;
import io.sharedstate.autoconfigure.idempotency.Exchange.Answered;
import io.sharedstate.autoconfigure.idempotency.Exchange.Header;
import io.sharedstate.autoconfigure.idempotency.Exchange.InFlight;
import io.sharedstate.autoconfigure.idempotency.Exchange.Replay;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** An exchange as bytes: a byte for its kind, and its parts in order; what has no fixed length after its length. */
final class ExchangeCodec implements Codec<Exchange> {

    private static final int IN_FLIGHT = 0;
    private static final int TOO_LARGE = 1;
    private static final int REPLAYABLE = 2;

    @Override
    public byte[] encode(Exchange exchange) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            if (exchange instanceof InFlight inFlight) {
                out.writeByte(IN_FLIGHT);
                out.writeLong(inFlight.owner());
            } else if (exchange instanceof Answered answered) {
                write(out, answered);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private static void write(DataOutputStream out, Answered answered) throws IOException {
        Replay replay = answered.replay();
        out.writeByte(replay == null ? TOO_LARGE : REPLAYABLE);
        write(out, answered.fingerprint());
        out.writeInt(answered.status());
        if (replay != null) {
            out.writeInt(replay.headers().size());
            for (Header header : replay.headers()) {
                write(out, header.name());
                write(out, header.value());
            }
            write(out, replay.body());
        }
    }

    private static void write(DataOutputStream out, String text) throws IOException {
        write(out, text.getBytes(StandardCharsets.UTF_8));
    }

    private static void write(DataOutputStream out, byte[] bytes) throws IOException {
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    @Override
    public Exchange decode(byte[] bytes) {
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
            int kind = in.readByte();
            return switch (kind) {
                case IN_FLIGHT -> new InFlight(in.readLong());
                case TOO_LARGE -> new Answered(readText(in), in.readInt(), null);
                case REPLAYABLE -> new Answered(readText(in), in.readInt(), readReplay(in));
                default -> throw new IOException("an exchange of kind " + kind);
            };
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Replay readReplay(DataInputStream in) throws IOException {
        List<Header> headers = new ArrayList<>();
        for (int left = in.readInt(); left > 0; left--) {
            headers.add(new Header(readText(in), readText(in)));
        }
        return new Replay(headers, readBytes(in));
    }

    private static String readText(DataInputStream in) throws IOException {
        return new String(readBytes(in), StandardCharsets.UTF_8);
    }

    private static byte[] readBytes(DataInputStream in) throws IOException {
        return in.readNBytes(in.readInt());
    }

    @Override
    public String format() {
        return "exchange";
    }
}
