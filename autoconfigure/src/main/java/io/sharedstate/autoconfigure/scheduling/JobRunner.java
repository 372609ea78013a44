package io.sharedstate.autoconfigure.scheduling;

import io.sharedstate.SharedState;
import io.sharedstate.SharedStateEvent;
import io.sharedstate.SharedStateEvent.MemberDied;
import io.sharedstate.SharedStateEvent.MemberLeft;
import io.sharedstate.autoconfigure.scheduling.OncePerCluster.OnAbandoned;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.aopalliance.intercept.MethodInvocation;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import org.springframework.context.SmartLifecycle;
import org.springframework.core.task.TaskExecutor;
import org.springframework.scheduling.concurrent.ExecutorConfigurationSupport;

/**
 * Runs the jobs of this process when it is their time and this process's turn, and those that another has abandoned at once. It
 * gives them up when the context stops, after the schedulers have.
 */
final class JobRunner implements SmartLifecycle {

    private static final Log log = LogFactory.getLog(JobRunner.class);

    private final SharedState state;
    private final Supplier<Jobs> jobs;
    private final TaskExecutor executor;

    /** By name, what calls the method through its proxies. */
    private final Map<String, Runnable> reruns = new ConcurrentHashMap<>();

    private final Map<String, Job> all = new ConcurrentHashMap<>();

    /** The job that this thread is in. */
    private final ThreadLocal<@Nullable String> current = new ThreadLocal<>();

    private boolean listening;
    private volatile boolean running;

    /**
     * @param jobs isn't asked unless there are any
     * @param executor for runs that another process has abandoned
     */
    JobRunner(SharedState state, Supplier<Jobs> jobs, TaskExecutor executor) {
        this.state = state;
        this.jobs = jobs;
        this.executor = executor;
    }

    /** @param call calls its method as a scheduler does */
    void add(Job job, Runnable call) {
        if (all.putIfAbsent(job.name(), job) != null) {
            throw new OncePerClusterException(
                    "Two methods with @OncePerCluster have the name '%s'.".formatted(job.name()),
                    "Give each a name of its own: @OncePerCluster(name = \"...\").");
        }
        if (job.onAbandoned() == OnAbandoned.RERUN) {
            reruns.put(job.name(), call);
        }
    }

    /** Proceeds if it is this process's turn. */
    @Nullable
    Object run(Job job, MethodInvocation invocation) throws Throwable {
        if (job.name().equals(current.get())) {
            return invocation.proceed();
        }
        if (!jobs.get().begin(job.name(), job.isDue())) {
            return null;
        }
        current.set(job.name());
        try {
            return invocation.proceed();
        } finally {
            current.remove();
            jobs.get().end(job.name());
        }
    }

    private void rerun(String name, Runnable call) {
        if (!running || !jobs.get().beginAgain(name)) {
            return;
        }
        current.set(name);
        try {
            call.run();
        } catch (RuntimeException | Error e) {
            log.error("Job '" + name + "', run again, failed", e);
        } finally {
            current.remove();
            jobs.get().end(name);
        }
    }

    private void rerunAll() {
        reruns.forEach((name, call) -> executor.execute(() -> rerun(name, call)));
    }

    private void heed(SharedStateEvent event) {
        if (running && (event instanceof MemberDied || event instanceof MemberLeft)) {
            rerunAll();
        }
    }

    @Override
    public void start() {
        running = true;
        if (!listening) {
            listening = true;
            state.addListener(this::heed);
        }
        rerunAll();
    }

    @Override
    public void stop() {
        running = false;
        all.keySet().forEach(name -> jobs.get().release(name));
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    /** Stopped after the schedulers, which wait for what is running and begin nothing any more. */
    @Override
    public int getPhase() {
        return ExecutorConfigurationSupport.DEFAULT_PHASE - 1;
    }
}
