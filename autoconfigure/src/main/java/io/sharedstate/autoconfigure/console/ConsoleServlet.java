package io.sharedstate.autoconfigure.console;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;

/** The console of a servlet application. It answers to nothing but {@code GET} and {@code HEAD}. */
final class ConsoleServlet extends HttpServlet {

    private static final long serialVersionUID = 1L;

    private final transient Sampler sampler;

    ConsoleServlet(Sampler sampler) {
        this.sampler = sampler;
    }

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        ConsoleFile.HEADERS.forEach(response::setHeader);
        String path = request.getPathInfo();
        ConsoleFile file = path == null ? null : ConsoleFile.at(path);
        if (path == null) {
            response.setStatus(HttpServletResponse.SC_FOUND);
            response.setHeader("Location", ConsoleFile.pageSeenFrom(request.getServletPath()));
        } else if (file != null) {
            response.setContentType(file.contentType);
            byte[] content = file.content();
            response.setContentLength(content.length);
            response.getOutputStream().write(content);
        } else if (path.equals(ConsoleFile.EVENTS) && request.getMethod().equals("GET")) {
            response.setContentType(ConsoleFile.EVENT_STREAM);
            ServletViewer.open(request, response, sampler);
        } else {
            response.sendError(HttpServletResponse.SC_NOT_FOUND);
        }
    }
}
