package io.duet.delivery;

import org.infinispan.protostream.GeneratedSchema;
import org.infinispan.protostream.annotations.ProtoSchema;
import org.infinispan.protostream.types.java.CommonTypes;

/** What of this room travels between nodes. Found by the cluster through the service loader. */
@ProtoSchema(
        dependsOn = CommonTypes.class,
        includeClasses = {
            Notice.Message.class,
            Notice.Delivered.class,
            Notice.Read.class,
            Notice.Presence.class,
            Notice.Typing.class,
            Notice.Displaced.class,
            Notice.SessionRevoked.class,
            Notice.DeviceRemoved.class
        },
        schemaFileName = "duet-delivery.proto",
        schemaFilePath = "io/duet",
        schemaPackageName = "io.duet.delivery")
interface NoticeSchema extends GeneratedSchema {
    /** This room's types take 100,300 to 100,399. */
    int FIRST_TYPE_ID = 100_300;
}
