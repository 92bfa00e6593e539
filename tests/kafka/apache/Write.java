import java.util.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.header.internals.RecordHeader;

/** Java's own producer: SERVERS TOPIC, 300 records to each partition, one partition a codec. */
class Write {
    public static void main(String[] arguments) throws Exception {
        String[] codecs = {"none", "gzip", "snappy", "lz4", "zstd"};
        for (int partition = 0; partition < codecs.length; partition++) {
            Map<String, Object> options = new HashMap<>();
            options.put("bootstrap.servers", arguments[0]);
            options.put("compression.type", codecs[partition]);
            options.put("linger.ms", 5);
            options.put("key.serializer", "org.apache.kafka.common.serialization.ByteArraySerializer");
            options.put("value.serializer", "org.apache.kafka.common.serialization.ByteArraySerializer");
            try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(options)) {
                Random random = new Random(partition);
                for (int i = 0; i < 300; i++) {
                    byte[] key = i % 7 == 0 ? null : new byte[random.nextInt(20)];
                    byte[] value = i % 11 == 0 ? null : new byte[random.nextInt(2000)];
                    if (key != null) random.nextBytes(key);
                    if (value != null) random.nextBytes(value);
                    ProducerRecord<byte[], byte[]> record =
                        new ProducerRecord<>(arguments[1], partition, 1700000000000L - 50 * i, key, value);
                    for (int j = i % 4; j > 1; j--) {
                        record.headers().add(new RecordHeader("nom é" + i % 2, i % 3 == 0 ? null : new byte[j]));
                    }
                    producer.send(record);
                }
            }
        }
    }
}
