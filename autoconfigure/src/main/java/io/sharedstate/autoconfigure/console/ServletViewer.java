package io.sharedstate.autoconfigure.console;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * A stream of server-sent events that the container writes when the client takes it: it keeps no thread, and no time-out ends it.
 *
 * <p>The monitor guards all fields. The stream is touched only after it has said that it is ready, as it otherwise belongs to the container.
 */
final class ServletViewer implements Viewer, WriteListener, AsyncListener {

    private final Sampler sampler;
    private final AsyncContext async;
    private final ServletOutputStream out;

    /** The newest that isn't written. */
    private @Nullable String next;

    private boolean flushDue;

    /** Whether the container has said that it can be written, and nothing since then said that it can't. */
    private boolean writable;

    private boolean ended;
    private boolean completed;

    private ServletViewer(Sampler sampler, AsyncContext async, ServletOutputStream out) {
        this.sampler = sampler;
        this.async = async;
        this.out = out;
    }

    static void open(HttpServletRequest request, HttpServletResponse response, Sampler sampler) throws IOException {
        AsyncContext async = request.startAsync();
        async.setTimeout(0);
        ServletViewer viewer = new ServletViewer(sampler, async, response.getOutputStream());
        async.addListener(viewer);
        response.getOutputStream().setWriteListener(viewer);
        sampler.add(viewer);
    }

    @Override
    public synchronized void show(String snapshot) {
        next = snapshot;
        write();
    }

    @Override
    public synchronized void end() {
        ended = true;
        next = null;
        write();
    }

    @Override
    public synchronized void onWritePossible() {
        writable = true;
        write();
    }

    private void write() {
        try {
            while (writable && !completed) {
                if (!out.isReady()) {
                    writable = false;
                } else if (flushDue) {
                    flushDue = false;
                    out.flush();
                } else if (next != null) {
                    byte[] event = ("data: " + next + "\n\n").getBytes(StandardCharsets.UTF_8);
                    next = null;
                    flushDue = true;
                    out.write(event);
                } else if (ended) {
                    complete();
                } else {
                    return;
                }
            }
        } catch (IOException e) {
            // The client has gone. The container says so too, to onError, and until then the request is its own.
            writable = false;
            sampler.remove(this);
        }
    }

    private void complete() {
        if (!completed) {
            completed = true;
            async.complete();
        }
    }

    @Override
    public void onError(Throwable failure) {
        sampler.remove(this);
        synchronized (this) {
            complete();
        }
    }

    @Override
    public void onError(AsyncEvent event) {
        onError(event.getThrowable());
    }

    @Override
    public void onComplete(AsyncEvent event) {
        sampler.remove(this);
    }

    @Override
    public void onTimeout(AsyncEvent event) {}

    @Override
    public void onStartAsync(AsyncEvent event) {}
}
