package io.duet.routing;

import org.infinispan.protostream.GeneratedSchema;
import org.infinispan.protostream.annotations.Proto;
import org.infinispan.protostream.annotations.ProtoSchema;

/** A notice of this test; in the product, delivery defines them. */
@Proto
public record TestNotice(String from, int number) {
    @ProtoSchema(
            includeClasses = TestNotice.class,
            schemaFileName = "duet-routing-test.proto",
            schemaFilePath = "io/duet",
            schemaPackageName = "io.duet.routing.test")
    interface Schema extends GeneratedSchema {}
}
