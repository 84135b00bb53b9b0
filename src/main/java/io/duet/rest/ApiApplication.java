package io.duet.rest;

import jakarta.ws.rs.ApplicationPath;
import jakarta.ws.rs.core.Application;

/** The REST interface. Resources and providers are found by their annotations, in whichever room they live. */
@ApplicationPath("/api")
public class ApiApplication extends Application {}
