/**
 * The image of the {@code Containerfile}: built by buildah, looked into, and run as an engine for containers runs it. The trial is not
 * part of the build, since it wants root and minutes; {@code CONTRIBUTING.md} says how to run it.
 */
package io.duet.system.image;
