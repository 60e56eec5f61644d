module encoders

go 1.20
