"""A server that knows only products.proto. Prints the port it listens on and serves until its input ends."""

import sys
from concurrent import futures

import grpc

import products_pb2 as pb
import products_pb2_grpc as rpc


class Products(rpc.ProductsServicer):
    def GetProduct(self, request, context):
        seen = dict(context.invocation_metadata())
        if request.product_id == "none":
            context.abort(grpc.StatusCode.NOT_FOUND, "no such product")
        product = pb.Product(id=request.product_id, name=seen["x-request-id"], available=2**53 - 1)
        product.price.CopyFrom(pb.Price(amount_minor=5, currency=pb.Price.CURRENCY_USD))
        product.attributes.update({"principal": seen["banyan-principal"], "left": context.time_remaining() < 6})
        product.created_at = product.updated_at = "2026-01-15T10:30:00.000Z"
        context.set_trailing_metadata([("banyan-versions", "p1")])
        return product

    def ReserveStock(self, request, context):
        context.set_trailing_metadata([("banyan-code", "products.OUT_OF_STOCK")])
        context.abort(grpc.StatusCode.FAILED_PRECONDITION, "%d lines, none in stock" % len(request.items))


server = grpc.server(futures.ThreadPoolExecutor(max_workers=4))
rpc.add_ProductsServicer_to_server(Products(), server)
print(server.add_insecure_port("127.0.0.1:0"), flush=True)
server.start()
sys.stdin.read()
server.stop(0)
