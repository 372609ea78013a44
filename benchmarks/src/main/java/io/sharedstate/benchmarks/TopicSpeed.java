package io.sharedstate.benchmarks;

import java.util.ArrayList;
import java.util.List;

/**
 * Messages of 100 bytes from one process to another that subscribes, through a topic and through Agrona's broadcast buffer in a file
 * beside it, in turns. So many at once that none is overtaken.
 *
 * @param topic messages per second, for each round
 * @param broadcast the same through Agrona's
 */
record TopicSpeed(List<Double> topic, List<Double> broadcast) {

    static final int MESSAGE = 100;

    /** Less than half of what the ring holds. */
    private static final int AT_ONCE = 50_000;

    static TopicSpeed measure(int rounds, int bursts) {
        try (Scratch scratch = Scratch.create();
                Child publisher = worker(scratch);
                Child subscriber = worker(scratch)) {
            TopicSpeed speed = new TopicSpeed(new ArrayList<>(), new ArrayList<>());
            for (int round = -1; round < rounds; round++) {
                List<Double> topic = new ArrayList<>();
                List<Double> broadcast = new ArrayList<>();
                for (int burst = 0; burst < bursts; burst++) {
                    topic.add(burst(publisher, "publish", subscriber, "poll"));
                    broadcast.add(burst(publisher, "transmit", subscriber, "receive"));
                }
                if (round >= 0) {
                    speed.topic.add(Statistics.median(topic));
                    speed.broadcast.add(Statistics.median(broadcast));
                }
            }
            return speed;
        }
    }

    private static double burst(Child publisher, String publish, Child subscriber, String receive) {
        subscriber.send(receive, "", AT_ONCE);
        publisher.send(publish, "", AT_ONCE);
        long begin = publisher.receive()[0];
        return AT_ONCE * 1e9 / (subscriber.receive()[0] - begin);
    }

    private static Child worker(Scratch scratch) {
        Child child = Child.start(
                System.getProperty("java.class.path"),
                TopicWorker.class,
                "-Dlogback.configurationFile=quiet-logback.xml",
                "--add-exports=java.base/jdk.internal.misc=ALL-UNNAMED"); // for Agrona's own buffer
        child.ask("join", scratch.path(), 0);
        return child;
    }
}
