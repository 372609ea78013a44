package io.sharedstate.it.launcher;

import io.sharedstate.it.shop.Shop;
import java.io.IOException;
import java.util.Map;
import java.util.Set;

/** What Kubernetes makes of a pod, as far as Docker can: a container that has the network, and three in it. */
final class Pod implements Launcher {

    private static final String NAME =
            "sharedstate-it-pod-" + ProcessHandle.current().pid();

    private final Command commands = new Command(
            HOME, Map.of("pod", NAME, "jre", Containers.image("test.image.jre"), "options", Shop.JVM_OPTIONS));
    private final Containers instances = new Containers(commands, "--filter name=" + NAME + "-instance");

    @Override
    public void start() throws IOException, InterruptedException {
        commands.shell("""
                set -e
                docker volume create -d local -o type=tmpfs -o device=tmpfs -o o=size=64m $pod
                docker run -d --name $pod -p 127.0.0.1::8080 -v $PWD/ready:/ready:ro $jre sleep infinity
                for i in 1 2 3; do
                  docker run -d --name $pod-instance-$i --network container:$pod --restart always \\
                    -v $pod:/state -v $PWD/target/sample-app.jar:/sample-app.jar:ro \\
                    -e SERVER_ADDRESS=0.0.0.0 -e SHAREDSTATE_MAPPED_DIRECTORY=/state -e MANAGEMENT_SERVER_PORT=808$i \\
                    -e SERVER_TOMCAT_MAX_KEEP_ALIVE_REQUESTS=1 -e JDK_JAVA_OPTIONS=$options $jre java -jar /sample-app.jar
                done
                for i in 1 2 3; do
                  docker exec $pod bash /ready 808$i 1 170
                done
                """);
    }

    @Override
    public Shop shop() throws IOException, InterruptedException {
        return new Shop("127.0.0.1", Command.port(commands.run("docker", "port", NAME, "8080/tcp")));
    }

    @Override
    public Set<String> processes() throws IOException, InterruptedException {
        return instances.processes();
    }

    @Override
    public void kill(String process) throws IOException, InterruptedException {
        instances.kill(process);
    }

    @Override
    public void reload() throws IOException, InterruptedException {
        commands.shell("""
                set -e
                for i in 1 2 3; do
                  docker restart -t 35 $pod-instance-$i
                  docker exec $pod bash /ready 808$i 1 170
                done
                """);
    }

    @Override
    public String log() throws IOException, InterruptedException {
        return commands.shell("for i in 1 2 3; do docker logs $pod-instance-$i; done");
    }

    @Override
    public void close() throws IOException, InterruptedException {
        commands.shell("docker rm -f $pod-instance-{1,2,3} $pod; docker volume rm $pod");
    }
}
