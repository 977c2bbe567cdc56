"""MQTT in: gateways that publish straight to Fyr, and a broker that is there already."""

from fyr.exchange.mqtt.listener import MqttListener
from fyr.exchange.mqtt.subscriber import MqttSubscriber

__all__ = ["MqttListener", "MqttSubscriber"]
