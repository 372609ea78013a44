package io.sharedstate.autoconfigure.diagnostics;

import io.sharedstate.UnsupportedFileSystemException;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

class UnsupportedFileSystemFailureAnalyzer extends AbstractFailureAnalyzer<UnsupportedFileSystemException> {

    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, UnsupportedFileSystemException cause) {
        return new FailureAnalysis(
                cause.getMessage(),
                "Set sharedstate.mapped.directory to a directory on a tmpfs (such as /dev/shm), ext4 or "
                        + "xfs of this host. State can't be shared between hosts this way. If this process needs "
                        + "to share nothing, set sharedstate.engine=heap.",
                cause);
    }
}
