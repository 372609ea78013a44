package io.sharedstate.autoconfigure.prometheus;

import io.sharedstate.autoconfigure.SharedStateProperties.MetricsScope;
import io.sharedstate.autoconfigure.SharedStateProperties.PortSharing;
import org.springframework.boot.actuate.autoconfigure.web.server.ManagementPortType;
import org.springframework.boot.autoconfigure.condition.ConditionMessage;
import org.springframework.boot.autoconfigure.condition.ConditionOutcome;
import org.springframework.boot.autoconfigure.condition.SpringBootCondition;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.core.env.Environment;
import org.springframework.core.type.AnnotatedTypeMetadata;

/** Whether an instance answers for all: as {@code sharedstate.metrics.scope} says, else if nobody can choose which of them he asks. */
final class OnClusterScope extends SpringBootCondition {

    private static final String SCOPE = "sharedstate.metrics.scope";

    @Override
    public ConditionOutcome getMatchOutcome(ConditionContext context, AnnotatedTypeMetadata metadata) {
        ConditionMessage.Builder message = ConditionMessage.forCondition("Scope of metrics");
        Binder binder = Binder.get(context.getEnvironment());
        return binder.bind(SCOPE, MetricsScope.class)
                .map(scope -> new ConditionOutcome(
                        scope == MetricsScope.CLUSTER, message.because("'" + SCOPE + "' is " + scope)))
                .orElseGet(() -> portIsShared(binder, context.getEnvironment())
                        ? ConditionOutcome.match(message.because("the port is shared"))
                        : ConditionOutcome.noMatch(message.because("the port is not shared")));
    }

    private static boolean portIsShared(Binder binder, Environment environment) {
        PortSharing sharing = binder.bind("sharedstate.server.port-sharing", PortSharing.class)
                .orElse(PortSharing.NONE);
        boolean portOfItsOwn =
                sharing == PortSharing.REUSE_PORT && environment.getProperty("server.port", Integer.class, 8080) == 0;
        return sharing != PortSharing.NONE
                && !portOfItsOwn
                && ManagementPortType.get(environment) == ManagementPortType.SAME;
    }
}
