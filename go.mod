module github.com/closlab/closlab

go 1.26
