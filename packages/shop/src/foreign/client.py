"""A client that knows only products.proto. Prints what it saw as JSON: client.py ADDRESS TOKEN"""

import json
import sys

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, struct_pb2
from google.protobuf.json_format import MessageToDict

import products_pb2 as pb
import products_pb2_grpc as rpc
import reflection_pb2 as reflection
import reflection_pb2_grpc as reflection_rpc

address, token = sys.argv[1:]
channel = grpc.insecure_channel(address)
products = rpc.ProductsStub(channel)
bearer = ("authorization", "Bearer " + token)


def failure(call):
    try:
        call()
        return None
    except grpc.RpcError as error:
        trailers = dict(error.trailing_metadata() or ())
        return {
            "status": error.code().name,
            "message": error.details(),
            "code": trailers.get("banyan-code"),
            "effect": trailers.get("banyan-effect"),
            "packed": "google.protobuf.Struct" in str(trailers.get("grpc-status-details-bin", "")),
        }


def ask(**request):
    questions = iter([reflection.ServerReflectionRequest(**request)])
    return next(reflection_rpc.ServerReflectionStub(channel).ServerReflectionInfo(questions))


def describe(symbol):
    return ask(file_containing_symbol=symbol).file_descriptor_response.file_descriptor_proto[0]


def pool_of_reflection():
    pool = descriptor_pool.DescriptorPool()
    for symbol in ["google.protobuf.Struct", "shop.products.Products"]:
        pool.AddSerializedFile(describe(symbol))
    return pool


def same_fields(name):
    ours = pool_of_reflection().FindMessageTypeByName(name)
    known = pb.DESCRIPTOR.pool.FindMessageTypeByName(name)
    shape = lambda message: [(f.name, f.number, f.type, f.label, f.json_name, f.has_presence) for f in message.fields]
    return shape(ours) == shape(known)


attributes = struct_pb2.Struct()
attributes.update({"colour": "walnut", "sizes": [1, 2.5, None], "deep": {"yes": True}})
price = pb.Price(amount_minor=1999, currency=pb.Price.CURRENCY_USD)
admin = json.dumps({"kind": "user", "id": "1", "role": "admin", "scopes": None, "sessionId": None})
created, call = products.CreateProduct.with_call(
    pb.CreateProductRequest(name="Desk \u00fc", price=price, attributes=attributes, on_hand=0),
    metadata=[bearer, ("idempotency-key", "k1"), ("x-request-id", "from-python"), ("banyan-principal", admin)],
    timeout=5,
)
print(
    json.dumps(
        {
            "created": MessageToDict(created),
            "versions": dict(call.trailing_metadata()).get("banyan-versions"),
            "unknown": failure(lambda: products.GetProduct(pb.GetProductRequest(product_id="none"), metadata=[bearer])),
            "untrusted": failure(lambda: products.GetProduct(pb.GetProductRequest(product_id="1"))),
            "invalid": failure(lambda: products.CreateProduct(pb.CreateProductRequest(), metadata=[bearer, ("banyan-principal", admin)])),
            "late": failure(lambda: products.GetProduct(pb.GetProductRequest(product_id="slow"), metadata=[bearer], timeout=0.1)),
            "services": sorted(s.name for s in ask(list_services="").list_services_response.service),
            "reflected": all(same_fields("shop.products." + name) for name in ["Product", "CreateProductRequest", "Price", "ListProductsRequest"]),
        }
    )
)
