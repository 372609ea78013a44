package io.sharedstate.autoconfigure.session;

import java.util.Map;
import org.springframework.session.ReactiveFindByIndexNameSessionRepository;
import org.springframework.session.ReactiveSessionRepository;
import reactor.core.publisher.Mono;

/** The same sessions for reactive applications. What is done takes microseconds, so it is done by the subscriber's thread. */
final class ReactiveSharedSessionRepository
        implements ReactiveSessionRepository<SharedSession>, ReactiveFindByIndexNameSessionRepository<SharedSession> {

    private final SharedSessionRepository repository;

    ReactiveSharedSessionRepository(SharedSessionRepository repository) {
        this.repository = repository;
    }

    @Override
    public Mono<SharedSession> createSession() {
        return Mono.fromSupplier(repository::createSession);
    }

    @Override
    public Mono<Void> save(SharedSession session) {
        return Mono.fromRunnable(() -> repository.save(session));
    }

    @Override
    public Mono<SharedSession> findById(String id) {
        return Mono.fromCallable(() -> repository.findById(id));
    }

    @Override
    public Mono<Void> deleteById(String id) {
        return Mono.fromRunnable(() -> repository.deleteById(id));
    }

    @Override
    public Mono<Map<String, SharedSession>> findByIndexNameAndIndexValue(String indexName, String indexValue) {
        return Mono.fromSupplier(() -> repository.findByIndexNameAndIndexValue(indexName, indexValue));
    }
}
