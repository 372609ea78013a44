package io.sharedstate.autoconfigure.server;

import io.sharedstate.autoconfigure.SharedStateProperties.PortSharing;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.reactor.netty.NettyReactiveWebServerFactory;
import org.springframework.boot.web.server.ConfigurableWebServerFactory;
import org.springframework.boot.web.server.Shutdown;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.SmartLifecycle;
import org.springframework.http.client.ReactorResourceFactory;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerConfig;
import reactor.netty.resources.LoopResources;

/**
 * Shares the port of Reactor Netty.
 *
 * <p>Spring Boot's own graceful shutdown closes the listener, which resets what the kernel has queued for it, and then waits only for the
 * requests that it finds under way at that moment: it closes the connections whose first request hasn't been read. It also waits for nothing
 * if somebody else has closed the listener before. So {@link NettyDrain} takes its place here, in the same phase.
 */
final class NettyPortSharing implements PortSharingServer, SmartLifecycle {

    private final ObjectProvider<ReactorResourceFactory> resources;

    private volatile @Nullable NettyDrain drain;
    private volatile boolean running;

    NettyPortSharing(ObjectProvider<ReactorResourceFactory> resources) {
        this.resources = resources;
    }

    @Override
    public boolean share(ConfigurableWebServerFactory factory, PortSharing sharing) {
        if (!(factory instanceof NettyReactiveWebServerFactory netty)) {
            return false;
        }
        NettyDrain drain = new NettyDrain(netty.getShutdown());
        netty.setShutdown(Shutdown.IMMEDIATE);
        netty.setResourceFactory(null); // It would put its LoopResources in the place of these.
        netty.addServerCustomizers(server -> share(server, sharing, drain));
        this.drain = drain;
        return true;
    }

    private HttpServer share(HttpServer server, PortSharing sharing, NettyDrain drain) {
        HttpServerConfig configuration = server.configuration();
        ReactorResourceFactory factory = resources.getIfUnique();
        Supplier<LoopResources> loops = factory == null ? configuration::loopResources : factory::getLoopResources;
        boolean preferNative = sharing == PortSharing.REUSE_PORT && configuration.isPreferNative();
        return server.runOn(new SharedPortResources(loops, sharing, drain), preferNative)
                .childObserve(drain);
    }

    @Override
    public void start() {
        running = true;
    }

    @Override
    public void stop() {
        stop(() -> {});
    }

    @Override
    public void stop(Runnable callback) {
        running = false;
        NettyDrain drain = this.drain;
        if (drain == null) {
            callback.run();
        } else {
            drain.drain(callback);
        }
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    @Override
    public int getPhase() {
        return WebServerApplicationContext.GRACEFUL_SHUTDOWN_PHASE;
    }

    @Override
    public boolean isPauseable() {
        return false;
    }
}
